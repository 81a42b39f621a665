"""The distributor's vocabulary. Brands, companies and people are fictitious; e-mail addresses end in `.example`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PartType:
    """A type of part. Prices are list prices in cents. `months`: when it sells best. `step`: tenths of a unit."""

    code: str
    name: str
    category: str
    price_from: int
    price_to: int
    variants: tuple[str, ...]
    unit: str = "pcs"
    fits_vehicle: bool = True
    most: int = 4
    step: int = 10
    months: tuple[int, ...] = ()

    @property
    def plural(self) -> str:
        return self.name[:-1] + "ies" if self.name.endswith("y") else self.name + "s"


SPRING = (3, 4, 5)
SUMMER = (5, 6, 7, 8)
WINTER = (10, 11, 12, 1, 2)

PART_TYPES = (
    PartType("BD", "Brake disc", "Braking > Discs and drums > Brake discs", 2200, 9800, ("front", "rear")),
    PartType("BR", "Brake drum", "Braking > Discs and drums > Brake drums", 2600, 7400, ("rear 200 mm", "rear 228 mm")),
    PartType("BP", "Brake pad set", "Braking > Pads and shoes > Brake pads", 1450, 8900, ("front", "rear"), "set"),
    PartType("BS", "Brake shoe set", "Braking > Pads and shoes > Brake shoes", 1900, 5200, ("rear",), "set"),
    PartType("BC", "Brake caliper", "Braking > Hydraulics > Calipers", 6800, 24500, ("front left", "front right")),
    PartType("BF", "Brake fluid DOT 4", "Braking > Hydraulics > Fluids", 390, 1650, ("0.5 L", "1 L"), "pcs", False, 12),
    PartType("OF", "Oil filter", "Filters > Engine filters > Oil filters", 420, 2100, ("spin-on", "insert"), most=10),
    PartType("AF", "Air filter", "Filters > Engine filters > Air filters", 780, 3400, ("panel", "round"), most=6),
    PartType("FF", "Fuel filter", "Filters > Engine filters > Fuel filters", 960, 6200, ("diesel", "petrol"), most=5),
    PartType("CF", "Cabin filter", "Filters > Cabin filters", 690, 3900, ("pollen", "carbon"), most=8, months=SPRING),
    PartType("SA", "Shock absorber", "Chassis > Suspension > Shock absorbers", 3800, 17500, ("front", "rear")),
    PartType("CS", "Coil spring", "Chassis > Suspension > Springs", 2700, 9900, ("front", "rear")),
    PartType("CA", "Control arm", "Chassis > Suspension > Control arms", 3300, 16800, ("left", "right")),
    PartType("TR", "Tie rod end", "Chassis > Steering > Tie rods", 980, 4400, ("inner", "outer")),
    PartType("SR", "Steering rack", "Chassis > Steering > Racks", 18500, 64000, ("electric", "hydraulic"), most=1),
    PartType(
        "WB", "Wheel bearing kit", "Drivetrain > Bearings > Wheel bearings", 1900, 11200, ("front", "rear"), "set"
    ),
    PartType("CV", "CV joint kit", "Drivetrain > Shafts > CV joints", 2900, 12800, ("outer", "inner"), "set"),
    PartType(
        "CK", "Clutch kit", "Drivetrain > Clutch > Clutch kits", 8900, 48500, ("3-piece", "2-piece"), "set", most=1
    ),
    PartType("TB", "Timing belt kit", "Engine > Belts > Timing belts", 5200, 28900, ("with water pump", "belt"), "set"),
    PartType("PB", "V-ribbed belt", "Engine > Belts > V-ribbed belts", 740, 3600, ("6PK", "7PK")),
    PartType("WP", "Water pump", "Engine > Cooling > Water pumps", 2400, 13500, ("metal impeller",), months=SUMMER),
    PartType("RA", "Radiator", "Engine > Cooling > Radiators", 6900, 31000, ("brazed", "assembled"), months=SUMMER),
    PartType("TH", "Thermostat", "Engine > Cooling > Thermostats", 1100, 5900, ("82 °C", "88 °C")),
    PartType("GS", "Gasket set", "Engine > Gaskets", 1600, 18700, ("cylinder head", "valve cover"), "set", most=2),
    PartType(
        "BA", "Battery", "Electrical > Batteries", 5400, 21900, ("60 Ah", "74 Ah AGM"), "pcs", False, 3, 10, WINTER
    ),
    PartType(
        "AL", "Alternator", "Electrical > Charging > Alternators", 9800, 39000, ("14 V 90 A", "14 V 150 A"), most=1
    ),
    PartType(
        "ST", "Starter", "Electrical > Charging > Starters", 8800, 32000, ("1.1 kW", "1.4 kW"), most=1, months=WINTER
    ),
    PartType("SP", "Spark plug", "Electrical > Ignition > Spark plugs", 310, 1890, ("nickel", "iridium"), most=12),
    PartType(
        "GP", "Glow plug", "Electrical > Ignition > Glow plugs", 780, 3200, ("11 V", "5 V"), most=8, months=WINTER
    ),
    PartType("HB", "Headlight bulb", "Electrical > Lighting > Bulbs", 260, 4900, ("H4", "H7"), "pcs", False, 20),
    PartType("WI", "Wiper blade", "Body > Wipers", 520, 3100, ('22"', '24"'), "pcs", False, 10, 10, WINTER),
    PartType("MI", "Door mirror", "Body > Mirrors", 4200, 26500, ("left, heated", "right, heated"), most=1),
    PartType("EO", "Engine oil", "Fluids > Engine oils", 2100, 6900, ("5W-30 4 L", "5W-40 5 L"), "pcs", False, 24),
    PartType("GO", "Gear oil", "Fluids > Gear oils", 980, 3900, ("75W-90 1 L", "ATF 1 L"), "pcs", False, 12),
    PartType("AN", "Antifreeze", "Fluids > Coolants", 690, 2900, ("1.5 L", "5 L"), "pcs", False, 16, 10, WINTER),
    PartType("HO", "Fuel hose", "Engine > Hoses", 240, 980, ('5/16"', '3/8"'), "m", False, 10, 5),
    PartType(
        "AC", "A/C compressor", "Climate > Compressors", 16800, 58000, ("R134a", "R1234yf"), most=1, months=SUMMER
    ),
    PartType("CO", "A/C condenser", "Climate > Condensers", 7400, 29500, ("with dryer", "bare"), most=1, months=SUMMER),
    PartType("EX", "Exhaust silencer", "Exhaust > Silencers", 4900, 22800, ("middle", "rear"), most=2),
    PartType("LS", "Lambda sensor", "Exhaust > Sensors", 3600, 16900, ("before catalyst", "after catalyst"), most=2),
)

# Brand, its code, its part types and its series.
BRANDS = (
    ("Kronwerk", "KRW", ("BD", "BP", "BC", "BR"), ("Eco", "Street", "Heavy Duty")),
    ("Ardenbrake", "ARD", ("BD", "BP", "BS", "BF"), ("Basic", "Ceramic", "Van")),
    ("Filtrona Hellas", "FIL", ("OF", "AF", "FF", "CF"), ("Standard", "Long Life", "Truck")),
    ("Purelo", "PUR", ("OF", "AF", "CF"), ("One", "Carbon")),
    ("Nordlager", "NOR", ("WB", "CV", "TR"), ("Classic", "Sealed", "Heavy Duty")),
    ("Velmar", "VEL", ("SA", "CS", "CA", "SR"), ("Comfort", "Sport", "Cargo")),
    ("Tekmotor", "TEK", ("TB", "PB", "WP", "GS"), ("Base", "Plus", "Diesel")),
    ("Aeolus Klima", "AEO", ("RA", "TH", "AC", "CO"), ("Original Fit", "Reman")),
    ("Voltara", "VOL", ("BA", "AL", "ST"), ("Start", "Power", "Start-Stop")),
    ("Luxoptik", "LUX", ("HB", "SP", "GP", "WI"), ("Everyday", "Vision", "Pro")),
    ("Oleum Adriatica", "OLE", ("EO", "GO", "AN"), ("Mineral", "Synth", "Truck")),
    ("Kupplex", "KUP", ("CK", "CV", "HO"), ("Kit", "Dual Mass")),
    ("Silento", "SIL", ("EX", "LS", "MI"), ("Aluminised", "Stainless")),
)

VEHICLES = (
    "VW Golf VII 1.6 TDI", "VW Polo 6R 1.2", "Toyota Yaris 1.0", "Toyota Hilux 2.4 D-4D", "Opel Corsa D 1.3 CDTI",
    "Opel Astra J 1.4", "Nissan Micra K12 1.2", "Nissan Qashqai 1.5 dCi", "Ford Fiesta 1.25", "Ford Transit 2.2 TDCi",
    "Fiat Panda 1.2", "Fiat Ducato 2.3 JTD", "Peugeot 208 1.4 HDi", "Citroen C3 1.4", "Renault Clio IV 1.5 dCi",
    "Hyundai i20 1.2", "Suzuki Swift 1.3", "Skoda Octavia III 1.6 TDI", "Mercedes Sprinter 313 CDI", "BMW E90 318i",
)  # fmt: skip

COLLECTIONS = (
    ("WINTER", "Winter check", "Batteries, glow plugs, antifreeze and wipers"),
    ("SUMMER", "Summer check", "Cooling and climate"),
    ("SERVICE", "Service parts", "What every inspection needs"),
    ("BRAKES", "Brake week", "Discs, pads and what goes with them"),
    ("VAN", "Vans and light trucks", "Parts of the fleets' vehicles"),
    ("CLEARANCE", "Clearance", "Discontinued and superseded parts"),
)

# City, region, first three digits of the postal code, telephone area code.
CITIES = (
    ("Αθήνα", "Αττική", "104", "210"),
    ("Πειραιάς", "Αττική", "185", "210"),
    ("Περιστέρι", "Αττική", "121", "210"),
    ("Θεσσαλονίκη", "Κεντρική Μακεδονία", "546", "2310"),
    ("Σέρρες", "Κεντρική Μακεδονία", "621", "23210"),
    ("Πάτρα", "Δυτική Ελλάδα", "262", "2610"),
    ("Αγρίνιο", "Δυτική Ελλάδα", "301", "26410"),
    ("Ηράκλειο", "Κρήτη", "713", "2810"),
    ("Χανιά", "Κρήτη", "731", "28210"),
    ("Λάρισα", "Θεσσαλία", "412", "2410"),
    ("Βόλος", "Θεσσαλία", "382", "24210"),
    ("Ιωάννινα", "Ήπειρος", "453", "26510"),
    ("Καβάλα", "Ανατολική Μακεδονία και Θράκη", "654", "2510"),
    ("Αλεξανδρούπολη", "Ανατολική Μακεδονία και Θράκη", "681", "25510"),
    ("Καλαμάτα", "Πελοπόννησος", "241", "27210"),
    ("Ρόδος", "Νότιο Αιγαίο", "851", "22410"),
    ("Χαλκίδα", "Στερεά Ελλάδα", "341", "22210"),
    ("Κοζάνη", "Δυτική Μακεδονία", "501", "24610"),
)

# City, country, calling code, language.
CITIES_ABROAD = (
    ("Nicosia", "CY", "357", "el"),
    ("Limassol", "CY", "357", "el"),
    ("Sofia", "BG", "359", "bg"),
    ("Plovdiv", "BG", "359", "bg"),
    ("Bucharest", "RO", "40", "ro"),
    ("Bari", "IT", "39", "it"),
    ("Stuttgart", "DE", "49", "de"),
)

SURNAMES = (
    "Παπαδόπουλος", "Γεωργίου", "Δημητρίου", "Νικολάου", "Ιωάννου", "Βασιλείου", "Καραγιάννης", "Οικονόμου",
    "Μακρής", "Αντωνίου", "Χριστοδούλου", "Αλεξίου", "Σταματίου", "Κωνσταντίνου", "Αθανασίου", "Λάμπρου",
    "Θεοδώρου", "Πετρίδης", "Μιχαηλίδης", "Ζαχαρίου", "Ράπτης", "Μυλωνάς", "Σιδεράς", "Καπετάνος",
)  # fmt: skip
FIRST_NAMES = ("Γιώργος", "Μαρία", "Δημήτρης", "Ελένη", "Κώστας", "Κατερίνα", "Νίκος", "Σοφία", "Γιάννης", "Άννα")
JOB_TITLES = ("Ιδιοκτήτης", "Υπεύθυνος αγορών", "Λογιστήριο", "Συνεργείο", "Αποθήκη")
TRADES = ("Ανταλλακτικά", "Συνεργείο", "Αυτοκίνηση", "Φρένα", "Ηλεκτρολογείο", "Μεταφορική", "Moto & Auto", "Service")
LEGAL_FORMS = ("Ο.Ε.", "Α.Ε.", "Ι.Κ.Ε.", "Ε.Ε.", "Ε.Π.Ε.")
TRADES_ABROAD = ("Auto Parts", "Motor Service", "Truck Center", "Autoteile", "Ricambi", "Car Depot")
NAMES_ABROAD = ("Balkan", "Delta", "Nord", "Orion", "Adria", "Danubia", "Atlas", "Levant", "Meridian", "Vitosha")
LEGAL_FORMS_ABROAD = {"CY": "Ltd", "BG": "EOOD", "RO": "SRL", "IT": "Srl", "DE": "GmbH"}
STREETS = (
    "Λεωφόρος Αθηνών",
    "Εγνατία",
    "Κηφισού",
    "Αγίου Δημητρίου",
    "Βενιζέλου",
    "Μοναστηρίου",
    "Ειρήνης",
    "Πειραιώς",
)
STREETS_ABROAD = ("Industrial Road", "Station Street", "Harbour Avenue", "Trade Park")

LOST_REASONS = ("price", "delivery time", "bought elsewhere", "job cancelled", "not in stock")

"""Products of ours and of a marketplace, of which it is known which are the same, with planted near-misses."""

import random
from dataclasses import dataclass, field

_BRANDS = {
    "Bosch": "Robert Bosch GmbH",
    "Brembo": "Brembo S.p.A.",
    "Valeo": "VALEO SA",
    "Mahle": "MAHLE GmbH",
    "Hella": "HELLA GmbH & Co. KGaA",
    "Febi Bilstein": "febi bilstein",
    "Sachs": "Sachs",
    "Osram": "OSRAM GmbH",
    "NGK": "NGK",
    "Škoda": "Skoda a.s.",
}
_PARTS = (
    *("brake pad set", "brake disc", "oil filter", "air filter", "cabin filter", "spark plug", "glow plug"),
    *("clutch kit", "shock absorber", "wheel bearing", "timing belt", "water pump", "alternator", "starter motor"),
    *("headlamp bulb", "wiper blade", "control arm", "tie rod end"),
)
_PLACES = ("front axle", "rear axle", "left", "right", "front left", "front right", "upper", "lower", "inner", "outer")
_CARS = (
    *("Golf", "Passat", "Astra", "Corsa", "Focus", "Fiesta", "Clio", "Megane", "Octavia", "Fabia", "Polo", "Civic"),
    *("Corolla", "Yaris", "Punto"),
)


Row = list[str | None]


@dataclass
class Catalogue:
    """Rows for the tables; `same`: by product_id, the puid of the same product."""

    manufacturers: list[tuple[str, str]] = field(default_factory=list)
    ours: list[Row] = field(default_factory=list)
    theirs: list[Row] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)


OUR_COLUMNS = "product_id sku name brand barcode manufacturer_sku"
THEIR_COLUMNS = "puid name manufacturer_id ean manufacturer_sku"


def ean(number: int) -> str:
    """An EAN with the right check digit."""
    return _with_check_digit(f"40{number:010d}")


def catalogue(count: int = 1000, seed: int = 15) -> Catalogue:
    """`count` products of ours; nine of ten are at the marketplace too, which has as many that we have not."""
    chance = random.Random(seed)
    made = Catalogue(manufacturers=[(str(number), name) for number, name in enumerate(_BRANDS.values(), 1)])
    brands = list(_BRANDS)
    for number in range(count):
        brand = number % len(brands)
        part_number = (
            f"{chance.choice('ABCDEFGHJK')}{chance.randrange(10)} {1000 + number:04d} {chance.randrange(100):02d}"
        )
        car = f"{chance.choice(_CARS)} {chance.randrange(1, 9)}.{chance.randrange(10)}"
        name = f"{chance.choice(_PARTS)} {chance.choice(_PLACES)} {car}"
        ours: list[str | None] = [
            f"P{number}",
            f"WP-{number}",
            name.capitalize(),
            brands[brand],
            ean(number),
            part_number,
        ]
        theirs: list[str | None] = [
            f"9{number}",
            _reworded(name, chance),
            str(brand + 1),
            ean(number),
            part_number.replace(" ", ""),
        ]
        _plant(made, ours, theirs, number, chance)
        made.ours.append(ours)
        if number % 10 != 9:
            made.theirs.append(theirs)
            made.same[f"P{number}"] = f"9{number}"
        else:
            # Something else of theirs, with numbers and words like those of ours.
            other = f"{chance.choice(_PARTS)} {chance.choice(_PLACES)} {car}"
            made.theirs.append([f"8{number}", other, str(brand + 1), ean(50_000 + number), f"X{number}"])
    return made


def _reworded(name: str, chance: random.Random) -> str:
    words = name.split()
    chance.shuffle(words)
    if chance.random() < 0.3:
        place = chance.randrange(len(words[0]))
        words[0] = words[0][:place] + words[0][place + 1 :]
    return " ".join(words).upper()


def _plant(made: Catalogue, ours: Row, theirs: Row, number: int, chance: random.Random) -> None:
    """Makes some of the pairs hard, in ways that come in turn."""
    brand, brands = number % len(_BRANDS), len(_BRANDS)
    another = str((brand + 1) % brands + 1)
    match (number // 10) % 12:
        case 0:  # the marketplace has no EAN
            theirs[3] = None
        case 1:  # nor have we
            ours[4] = None
        case 2:  # a wrong digit in our EAN, and nothing else to go by but the name
            ours[4], ours[5] = _wrong_digit(ours[4] or "", chance), None
        case 3:  # a wrong digit in theirs, and another manufacturer's product has the same number
            theirs[3] = _wrong_digit(theirs[3] or "", chance)
            made.theirs.append(
                [f"7{number}", "something else", str((brand + 1) % brands + 1), ean(70_000 + number), theirs[4]]
            )
        case 4:  # the same number of another manufacturer only
            made.theirs.append(
                [f"7{number}", "something else", str((brand + 1) % brands + 1), ean(70_000 + number), theirs[4]]
            )
            theirs[3] = theirs[4] = None
        case 5:  # our EAN is another product's, of another manufacturer
            ours[4] = ean(60_000 + number)
            ours[5] = None
            made.theirs.append([f"6{number}", "sensor", another, ours[4], f"Z{number}"])
        case 6:  # ... of the same manufacturer
            ours[4] = ean(60_000 + number)
            made.theirs.append([f"6{number}", "sensor", str(brand + 1), ours[4], f"Z{number}"])
        case 7:  # names are swapped
            if made.theirs and number % 2:
                theirs[1], made.theirs[-1][1] = made.theirs[-1][1], theirs[1]
        case 8:  # nothing but the name
            ours[4] = ours[5] = None
        case 9:  # a number that a shop has made up, which is another's somewhere else
            ours[4], ours[5] = _with_check_digit(f"2{number:011d}"), None
            made.theirs.append([f"5{number}", "mixed goods", str(brand + 1), ours[4], f"Y{number}"])
        case 10:  # two of ours have the EAN of one of theirs
            made.ours.append([f"Q{number}", f"WQ-{number}", "the same once more", None, ours[4], None])


def _with_check_digit(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _wrong_digit(number: str, chance: random.Random) -> str:
    place = chance.randrange(2, 12)
    return f"{number[:place]}{(int(number[place]) + 1 + chance.randrange(9)) % 10}{number[place + 1 :]}"

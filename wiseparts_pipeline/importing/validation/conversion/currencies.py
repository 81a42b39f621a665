"""What stands for a currency beside an amount: the sign, code or word, and the codes that it may mean."""

import pyarrow as pa

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF"
    " CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL"
    " HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD"
    " MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR"
    " RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS"
    " UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
_CROWNS = "SEK NOK DKK ISK"
_RUPEES = "INR PKR LKR NPR MUR SCR"
_SIGNS = {
    "€": "EUR", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH", "₪": "ILS", "₩": "KRW KPW", "₫": "VND", "฿": "THB",
    "₱": "PHP", "₦": "NGN", "₡": "CRC SVC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₼": "AZN", "₾": "GEL", "₭": "LAK",
    "₮": "MNT", "₨": _RUPEES,
    "£": "GBP EGP FKP GIP LBP SDG SHP SSP SYP", "¥": "JPY CNY CNH", "￥": "JPY CNY CNH", "CN¥": "CNY CNH", "JP¥": "JPY",
    "$": "USD AUD CAD NZD HKD SGD MXN TWD BRL ARS CLP COP UYU BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD"
    " XCD CUP DOP CVE TOP NIO",
    "US$": "USD", "USD$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD NIO", "CA$": "CAD", "CAD$": "CAD",
    "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "SG$": "SGD", "R$": "BRL", "MX$": "MXN", "NT$": "TWD",
    "Euro": "EUR", "euro": "EUR", "EURO": "EUR", "Eur": "EUR", "eur": "EUR", "ευρώ": "EUR",
    "kr": _CROWNS, "Kr": _CROWNS, "kr.": _CROWNS, "Kr.": _CROWNS, "Fr.": "CHF", "SFr.": "CHF", "sFr.": "CHF",
    "Rs": _RUPEES, "Rs.": _RUPEES, "Kč": "CZK", "zł": "PLN", "Ft": "HUF", "lei": "RON MDL", "лв": "BGN", "лв.": "BGN",
    "руб": "RUB BYN", "руб.": "RUB BYN", "TL": "TRY",
}  # fmt: skip

# The codes that each may mean; a text that is not here is no currency.
CURRENCIES: dict[str, frozenset[str]] = {
    **{code: frozenset([code]) for code in _CODES.split()},
    **{sign: frozenset(codes.split()) for sign, codes in _SIGNS.items()},
}


def other_currency(beside: pa.Array, currencies: pa.Array) -> pa.Array:
    """Which amounts have a currency beside them that is not their row's; false where either is not stated."""
    pairs = zip(beside.to_pylist(), currencies.to_pylist(), strict=True)
    return pa.array([sign is not None and _differ(sign, code) for sign, code in pairs], pa.bool_())


def _differ(beside: str, code: str | None) -> bool:
    return beside in CURRENCIES and code is not None and code.upper() not in CURRENCIES[beside]

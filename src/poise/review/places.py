"""Places whose clock people name instead of a zone: "Vilnius time", "Finnish time", "09:05 Chicago"."""

# The standard offset in minutes and the rule of daylight saving ("us", "eu", "au", "nz", none), with the places that keep it. Countries of
# one zone stand by their adjectives too. tests/review holds them against the zone database.
_KEPT: tuple[tuple[int, str, str], ...] = (
    (0, "eu", "London|Dublin|Lisbon|Edinburgh|Belfast|Cardiff|Manchester|UK|British|Irish|Portuguese|English"),
    (0, "", "Reykjavik|Accra|Dakar|Iceland|Icelandic"),
    (
        60,
        "eu",
        "Berlin|Paris|Amsterdam|Madrid|Rome|Vienna|Zurich|Geneva|Bern|Stockholm|Oslo|Copenhagen|Brussels|Prague|Warsaw|Budapest|Munich"
        "|Frankfurt|Hamburg|Cologne|Barcelona|Milan|Belgrade|Zagreb|Ljubljana|Bratislava|Sarajevo|Skopje|Tirana|Luxembourg|Monaco|Malta"
        "|Gothenburg|Rotterdam|Antwerp|Lyon|Marseille|Krakow|Wroclaw|Gdansk|German|French|Dutch|Spanish|Italian|Austrian|Swiss|Swedish"
        "|Norwegian|Danish|Belgian|Czech|Polish|Hungarian|Slovak|Slovenian|Croatian|Serbian",
    ),
    (60, "", "Lagos|Tunis|Algiers|Kinshasa|Luanda|Nigerian"),
    (120, "eu", "Helsinki|Athens|Kyiv|Kiev|Bucharest|Sofia|Riga|Tallinn|Vilnius|Kaunas|Tartu|Tampere|Turku|Lviv|Odesa|Nicosia"
     "|Finnish|Greek|Romanian|Bulgarian|Estonian|Latvian|Lithuanian|Ukrainian"),
    (120, "", "Johannesburg|Cape Town|Pretoria|Harare|Lusaka|Kigali|Maputo|South African"),
    (180, "", "Moscow|Istanbul|Ankara|Riyadh|Nairobi|Addis Ababa|Baghdad|Doha|Kuwait|Minsk|Turkish|Kenyan"),
    (240, "", "Dubai|Abu Dhabi|Baku|Tbilisi|Yerevan"),
    (300, "", "Karachi|Lahore|Islamabad|Tashkent|Pakistani"),
    (330, "", "Kolkata|Mumbai|Bangalore|Bengaluru|Delhi|New Delhi|Chennai|Hyderabad|Pune|Colombo|India|Indian"),
    (345, "", "Kathmandu"),
    (360, "", "Dhaka"),
    (420, "", "Bangkok|Jakarta|Hanoi|Ho Chi Minh City|Saigon|Thai|Vietnamese"),
    (480, "", "Singapore|Hong Kong|Beijing|Shanghai|Shenzhen|Taipei|Kuala Lumpur|Manila|Perth|Chinese|China"),
    (540, "", "Tokyo|Osaka|Seoul|Japan|Japanese|Korean"),
    (600, "au", "Sydney|Melbourne|Canberra|Hobart"),
    (600, "", "Brisbane"),
    (570, "au", "Adelaide"),
    (570, "", "Darwin"),
    (720, "nz", "Auckland|Wellington|Christchurch|New Zealand"),
    (-180, "", "Sao Paulo|São Paulo|Rio de Janeiro|Brasilia|Brasília|Buenos Aires|Montevideo"),
    (-240, "us", "Halifax"),
    (-300, "us", "New York|Toronto|Boston|Washington|Miami|Atlanta|Detroit|Philadelphia|Montreal|Ottawa|Eastern"),
    (-300, "", "Bogota|Bogotá|Lima"),
    (-360, "us", "Chicago|Dallas|Houston|Austin|Winnipeg|Minneapolis|Central"),
    (-360, "", "Mexico City|Guatemala|Costa Rica"),
    (-420, "us", "Denver|Calgary|Edmonton|Salt Lake City|Mountain"),
    (-420, "", "Phoenix|Arizona"),
    (-480, "us", "Los Angeles|San Francisco|Seattle|Portland|Vancouver|San Diego|Las Vegas|California|Pacific"),
    (-540, "us", "Anchorage|Alaska"),
    (-600, "", "Honolulu|Hawaii"),
)  # fmt: skip
PLACES = {name.upper(): (standard, rule) for standard, rule, names in _KEPT for name in names.split("|")}
# Coasts and halves of a country stand for a zone only before "time".
_WIDE = ("Eastern", "Central", "Mountain", "Pacific")
NAMES = "|".join(
    name.replace(" ", "[ _]")
    for name in sorted((name for _, _, names in _KEPT for name in names.split("|") if name not in _WIDE), key=len, reverse=True)
)
# Zones in full words, as their abbreviations.
IN_WORDS = {
    "central european summer time": "CEST", "central european standard time": "CET", "eastern european summer time": "EEST",
    "eastern european standard time": "EET", "western european summer time": "WEST", "western european time": "WET",
    "british summer time": "BST", "india standard time": "IST", "indian standard time": "IST", "japan standard time": "JST",
    "korea standard time": "KST", "singapore standard time": "SGT", "singapore time": "SGT", "hong kong time": "HKT",
    "gulf standard time": "GST",
    "south africa standard time": "SAST", "east africa time": "EAT", "west africa time": "WAT", "central africa time": "CAT",
    "australian eastern standard time": "AEST", "australian eastern daylight time": "AEDT", "new zealand standard time": "NZST",
    "new zealand daylight time": "NZDT", "moscow standard time": "MSK", "coordinated universal time": "UTC", "greenwich mean time": "GMT",
    "universal time": "UTC",
}  # fmt: skip

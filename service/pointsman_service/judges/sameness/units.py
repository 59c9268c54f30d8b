"""Units of measure: what they measure and how much of it, so that 90 minutes and 1.5 hours are one quantity.

A table of what occurs in answers, not a library: see the room's README for what decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Unit:
    """measures: (base measure, power) sorted; factor: how much of the base one of it is.

    >>> unit_of("km/h") == unit_of("kilometers per hour"), unit_of("square feet").measures
    (True, (('length', 2),))
    """

    measures: tuple[tuple[str, int], ...]
    factor: Fraction


_TABLE = """
mass 1 g gram grams gramme grammes gramm г грамм грамма граммов 克 グラム gramo gramos
mass 1000 kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramm кг килограмм килограмма килограммов
mass 1000 千克 公斤 kilogramo kilogramos
mass 1/1000 mg milligram milligrams milligramm мг миллиграмм 毫克
mass 1/1000000 mcg µg μg ug microgram micrograms мкг
mass 1000000 tonne tonnes t тонна тонны тонн 吨 tonelada toneladas
mass 45359237/100000 lb lbs pound pounds
mass 45359237/1600000 oz ounce ounces
shortton 1 ton tons
length 1 m meter meters metre metres м метр метра метров mètre mètres metro metros 米 メートル
length 1000 km kms kilometer kilometers kilometre kilometres км километр километра километров kilomètre kilomètres
length 1000 kilómetro kilómetros 公里 千米 キロメートル
length 1/100 cm centimeter centimeters centimetre centimetres см сантиметр сантиметра сантиметров zentimeter
length 1/100 centímetros centimètres 厘米
length 1/1000 mm millimeter millimeters millimetre millimetres мм миллиметр миллиметров 毫米
length 1/1000000 µm μm um micron microns micrometer micrometers
length 1/1000000000 nm nanometer nanometers нм
length 254/10000 inch inches in дюйм дюймов
length 3048/10000 ft foot feet
length 9144/10000 yd yard yards
length 1609344/1000 mi mile miles миля миль
lightyear 1 ly light-year light-years lightyear lightyears
time 1 s sec secs second seconds с сек секунда секунды секунд sekunde sekunden seconde secondes segundo segundos 秒
time 1/1000 ms millisecond milliseconds мс 毫秒
time 1/1000000 µs μs us microsecond microseconds
time 1/1000000000 ns nanosecond nanoseconds
time 60 min mins minute minutes мин минута минуты минут minuten minuto minutos 分 分钟 分鐘
time 3600 h hr hrs hour hours ч час часа часов stunde stunden heure heures hora horas 小时 小時 時間
time 86400 d day days день дня дней tag tage tagen jour jours día días dia dias 天 日 日間
time 604800 wk week weeks неделя недели недель woche wochen semaine semaines semana semanas 周 星期 週間
months 1 month months месяц месяца месяцев monat monate monaten mois mes meses 个月 個月 か月 ヶ月
months 12 yr yrs year years год года лет jahr jahre jahren an ans année années año años 年
months 120 decade decades
months 1200 century centuries
volume 1 l L liter liters litre litres л литр литра литров litro litros 升 リットル
volume 1/1000 ml mL milliliter milliliters millilitre millilitres мл 毫升
volume 1/100 cl cL
volume 1/10 dl dL
gallon 1 gal gallon gallons
gallon 1/4 qt quart quarts
gallon 1/8 pt pint pints
gallon 1/16 cup cups
gallon 1/128 floz
USD 1 $ us$ usd dollar dollars buck bucks доллар доллара долларов 美元 ドル dólar dólares
USD 1/100 ¢ cent cents цент центов
EUR 1 € eur euro euros евро 欧元 ユーロ
GBP 1 £ gbp sterling quid фунтов
GBP 1/100 penny pence
JPY 1 ¥ jpy yen 円 日元
CNY 1 cny rmb yuan 元 人民币
INR 1 ₹ inr rs rs. rupee rupees
RUB 1 ₽ rub rubles ruble roubles rouble рубль рубля рублей руб руб.
CHF 1 chf franken francs
KRW 1 ₩ krw won
CAD 1 c$ cad
AUD 1 a$ aud
ratio 1/100 % percent pct percentage per-cent процент процента процентов prozent pourcent porciento パーセント
ratio 1/1000 ‰ permille
angle 1 ° deg degree degrees градус градуса градусов grad 度
radian 1 rad radian radians
celsius 1 °c celsius degc
fahrenheit 1 °f fahrenheit degf
kelvin 1 K kelvin kelvins
energy 1 J joule joules джоуль джоулей дж
energy 1000 kJ kilojoule kilojoules
energy 1000000 MJ megajoule megajoules
energy 4184/1000 cal calorie calories
energy 4184 kcal kilocalorie kilocalories
energy 3600000 kWh kwh
energy 3600 Wh
electronvolt 1 eV
electronvolt 1000 keV
electronvolt 1000000 MeV
power 1 W watt watts вт ватт
power 1000 kW kilowatt kilowatts
power 1000000 MW megawatt megawatts
power 1/1000 mW milliwatt milliwatts
horsepower 1 hp horsepower
force 1 N newton newtons ньютон
force 1000 kN kilonewton kilonewtons
pressure 1 Pa pascal pascals
pressure 1000 kPa
pressure 1000000 MPa
pressure 100000 bar
pressure 101325 atm atmosphere atmospheres
mmhg 1 mmHg
voltage 1 V volt volts вольт
voltage 1000 kV
voltage 1/1000 mV
current 1 A amp amps ampere amperes
current 1/1000 mA milliamp milliamps
resistance 1 Ω ohm ohms
resistance 1000 kΩ
frequency 1 Hz hertz
frequency 1000 kHz
frequency 1000000 MHz
frequency 1000000000 GHz
amount 1 mol mole moles моль
amount 1/1000 mmol
molarity 1 M
byte 1 B byte bytes байт
byte 1000 KB kB kilobyte kilobytes
byte 1000000 MB megabyte megabytes
byte 1000000000 GB gigabyte gigabytes
byte 1000000000000 TB terabyte terabytes
byte 1024 KiB
byte 1048576 MiB
byte 1073741824 GiB
bit 1 bit bits бит
bit 1000 kbit Kb
bit 1000000 Mbit Mb megabit megabits
bit 1000000000 Gbit Gb gigabit gigabits
acre 1 acre acres
hectare 1 ha hectare hectares
"""
_COMPOUND = """
mph mile/hour
kmh km/hour
kph km/hour
m/s m/second
mbps Mbit/second
rpm turn/minute
"""
_CASED = re.compile(r"[A-Za-zΩµμ]{1,3}")
"""Short symbols, in which capitals tell mega from milli."""
_LOOSE = frozenset(
    [
        "kg",
        "km",
        "cm",
        "mm",
        "ml",
        "usd",
        "eur",
        "gbp",
        "jpy",
        "cny",
        "inr",
        "rub",
        "chf",
        "krw",
        "cad",
        "aud",
        "hr",
        "hrs",
        "min",
        "sec",
        "ft",
        "lb",
        "lbs",
        "oz",
        "mph",
    ]
)
_POWERS = {
    "square": 2,
    "squared": 2,
    "sq": 2,
    "sq.": 2,
    "cubic": 3,
    "cubed": 3,
    "cu": 3,
    "quadrat": 2,
    "кв": 2,
    "кв.": 2,
}
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s+(?:an?|each|every)\s+|\s+pro\s+|\s+в\s+|\s+par\s+|\s+por\s+")
_POWER = re.compile(r"\^?\(?(-?[123])\)?$")
_LONGEST = 60


def _entries() -> Iterator[tuple[str, Unit]]:
    for line in _TABLE.split("\n"):
        measure, factor, *names = line.split() or ("", "")
        for name in names:
            yield name, Unit(() if measure == "ratio" else ((measure, 1),), Fraction(factor))


_UNITS = dict(_entries())
_LOWERED = {name.lower(): unit for name, unit in _UNITS.items() if not _CASED.fullmatch(name) or name.lower() in _LOOSE}
_WRITTEN_AS = dict(line.split() for line in _COMPOUND.strip().split("\n") if "turn" not in line)
PERCENT = _UNITS["%"]
DEGREES = (("angle", 1),)
MONEY = frozenset(["USD", "EUR", "GBP", "JPY", "CNY", "INR", "RUB", "CHF", "KRW", "CAD", "AUD"])


def is_money(unit: Unit) -> bool:
    """Whether a unit is a currency's, or a part of one."""
    return len(unit.measures) == 1 and unit.measures[0][0] in MONEY


@lru_cache(maxsize=2048)
def unit_of(text: str) -> Unit | None:
    """The unit that the whole text names, in full or by its symbol; None where it names none.

    >>> unit_of("sq cm") == unit_of("cm^2") == unit_of("square centimeters"), unit_of("mW") == unit_of("MW")
    (True, False)
    >>> unit_of("dollars per hour").measures, unit_of("minutes late")
    ((('USD', 1), ('time', -1)), None)
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    text = _WRITTEN_AS.get(text.lower(), text)
    above, *below = _PER.split(text)
    unit = _powered(above)
    for part in below:
        divisor = _powered(part)
        if unit is None or divisor is None:
            return None
        unit = divided(unit, divisor)
    return unit


def _powered(text: str) -> Unit | None:
    """`cm^2`, `square feet`, `feet squared`, `km2`; or a simple unit."""
    words = text.split()
    if len(words) == 2:
        for power, name in ((words[0], words[1]), (words[1], words[0])):
            if power.lower() in _POWERS:
                return _raised(_simple(name), _POWERS[power.lower()])
        joined = f"{words[0]}{words[1]}" if words[0] in {"°", "fl"} else "per-cent" if text == "per cent" else ""
        if joined or words[0].lower() in {"degree", "degrees", "us"}:
            return _simple(joined or (f"°{words[1]}" if words[1] in ("C", "F") else words[1]))
        return None
    simple = _simple(text)
    match = _POWER.search(text)
    if simple is None and match:
        return _raised(_simple(text[: match.start()].rstrip()), int(match[1]))
    return simple


def _simple(name: str) -> Unit | None:
    name = name.strip()
    found = _UNITS.get(name) or _LOWERED.get(name.lower())
    return found or (_UNITS.get(name[:-1]) if name.endswith(".") and len(name) > 1 else None)


def _raised(unit: Unit | None, power: int) -> Unit | None:
    if unit is None:
        return None
    return Unit(tuple((name, p * power) for name, p in unit.measures), unit.factor**power)


def divided(unit: Unit, divisor: Unit) -> Unit:
    """What so much of a unit for each of another is: dollars for each hour."""
    powers = dict(unit.measures)
    for name, power in divisor.measures:
        powers[name] = powers.get(name, 0) - power
    return Unit(tuple(sorted((n, p) for n, p in powers.items() if p)), unit.factor / divisor.factor)

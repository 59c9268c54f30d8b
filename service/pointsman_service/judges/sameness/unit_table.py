"""The units that occur in answers: what each measures, how much of its base measure it is, and how it is written."""

from __future__ import annotations

TABLE = """
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
COMPOUND = """
mph mile/hour
kmh km/hour
kph km/hour
m/s m/second
mbps Mbit/second
rpm turn/minute
"""
_SAFE = "kg km cm mm ml usd eur gbp jpy cny inr rub chf krw cad aud hr hrs min sec ft lb lbs oz mph"
LOOSE = frozenset(_SAFE.split())
"""Short symbols that name one unit however they are written."""

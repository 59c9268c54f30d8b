"""Sums of products with rational coefficients, in which equal formulas have one spelling.

A Sum maps a product to its coefficient; a product is a sorted tuple of (atom, exponent), where an atom is a variable, a
prime number under a root, or a function of something. sqrt(8) is 2 * 2^(1/2), so it equals 2*sqrt(2); i*i is -1.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

Product = tuple[tuple[str, Fraction], ...]
Sum = Mapping[Product, Fraction]

_MAX_TERMS = 64
_MAX_BITS = 4_096
_MAX_ROOT = 10**12
"""Numbers above this are not split into primes; their roots stay as they are written."""
_MAX_POWER = 12
_PRIMES = tuple(p for p in range(2, 1000) if all(p % q for q in range(2, int(p**0.5) + 1)))
ZERO: Sum = {}


class FormulaError(Exception):
    """A formula that is not understood, or too large to be worked out here."""


def constant(value: Fraction) -> Sum:
    """A number as a sum of one term, or of none."""
    if value.numerator.bit_length() + value.denominator.bit_length() > _MAX_BITS:
        raise FormulaError("the number is too large")
    return {(): value} if value else {}


def atom(name: str) -> Sum:
    """A variable, or anything that is not looked into."""
    return {((name, Fraction(1)),): Fraction(1)}


def value_of(terms: Sum) -> Fraction | None:
    """The number that a sum is, None where it holds more than a number."""
    if not terms:
        return Fraction(0)
    return terms[()] if len(terms) == 1 and () in terms else None


def plus(one: Sum, other: Sum, sign: int = 1) -> Sum:
    """One + sign * other."""
    total = dict(one)
    for product, coefficient in other.items():
        changed = total.get(product, Fraction(0)) + sign * coefficient
        if changed:
            total[product] = changed
        else:
            total.pop(product, None)
    if len(total) > _MAX_TERMS:
        raise FormulaError("the formula has too many terms")
    return total


def times(one: Sum, other: Sum) -> Sum:
    """The product, multiplied out. Raises FormulaError where that gets too long."""
    if len(one) * len(other) > _MAX_TERMS:
        raise FormulaError("the product has too many terms")
    total: Sum = {}
    for left, a in one.items():
        for right, b in other.items():
            total = plus(total, _term(left + right, a * b))
    return total


def _term(factors: Product, coefficient: Fraction) -> Sum:
    """Like factors gathered; a root of a prime to a whole power becomes a number again, i squared becomes -1."""
    powers: dict[str, Fraction] = {}
    for name, power in factors:
        powers[name] = powers.get(name, Fraction(0)) + power
    for name, power in list(powers.items()):
        whole = power.numerator // power.denominator
        if name.isdigit():
            coefficient *= Fraction(int(name)) ** whole
            powers[name] = power - whole
        elif name == "i" and power.denominator == 1:
            coefficient *= -1 if power % 4 in (2, 3) else 1
            powers[name] = Fraction(power % 2)
    if coefficient.numerator.bit_length() + coefficient.denominator.bit_length() > _MAX_BITS:
        raise FormulaError("the number is too large")
    return {tuple(sorted((n, p) for n, p in powers.items() if p)): coefficient} if coefficient else {}


def over(one: Sum, other: Sum) -> Sum:
    """The quotient. Raises FormulaError for a division by nothing."""
    return times(one, _inverse(other))


def _inverse(terms: Sum) -> Sum:
    if not terms:
        raise FormulaError("a division by zero")
    if len(terms) == 1:
        ((product, coefficient),) = terms.items()
        return _term(tuple((name, -power) for name, power in product), 1 / coefficient)
    content, rest = primitive(terms)
    return times(constant(1 / content), {((f"({written(rest)})", Fraction(-1)),): Fraction(1)})


def primitive(terms: Sum) -> tuple[Fraction, Sum]:
    """(c, rest): terms = c * rest, where the first coefficient of rest is 1."""
    content = terms[min(terms)]
    return content, {product: coefficient / content for product, coefficient in terms.items()}


def power(base: Sum, exponent: Sum) -> Sum:
    """Base to the exponent: worked out for small whole exponents and for roots of numbers, else kept as one atom."""
    n = value_of(exponent)
    if n is not None and n.denominator == 1 and abs(n) <= _MAX_POWER:
        result = constant(Fraction(1))
        for _ in range(abs(int(n))):
            result = times(result, base)
        return result if n >= 0 else _inverse(result)
    number = value_of(base)
    if n is not None and number is not None:
        if n.denominator == 1:
            return _large_power(number, int(n))
        if n.denominator in (2, 3, 4, 6) and number > 0 and abs(n) < _MAX_POWER:
            return _root(number, n)
        if n.denominator == 2 and number < 0:
            return times(power(constant(-number), exponent), power(atom("i"), constant(Fraction(n.numerator))))
    if n is not None and len(base) == 1:
        ((product, coefficient),) = base.items()
        if coefficient == 1 and len(product) == 1:
            return _term(((product[0][0], product[0][1] * n),), Fraction(1))
    return atom(f"({written(base)})^({written(exponent)})")


def _large_power(number: Fraction, n: int) -> Sum:
    if abs(n) * (number.numerator.bit_length() + number.denominator.bit_length()) > _MAX_BITS or not number:
        return atom(f"({number})^({n})")
    return constant(number**n)


def _root(number: Fraction, n: Fraction) -> Sum:
    """number^n by its primes, so that roots of equal numbers read alike."""
    factors: list[tuple[str, Fraction]] = []
    for part, sign in ((number.numerator, 1), (number.denominator, -1)):
        if part > _MAX_ROOT:
            return atom(f"({number})^({n})")
        factors += [(str(prime), n * times_ * sign) for prime, times_ in _factored(part)]
    return _term(tuple(factors), Fraction(1))


def _factored(n: int) -> list[tuple[int, int]]:
    found = []
    for prime in _PRIMES:
        if prime * prime > n:
            break
        count = 0
        while n % prime == 0:
            n, count = n // prime, count + 1
        if count:
            found.append((prime, count))
    if n > 1:
        found.append((n, 1))  # a prime, or a product of primes above a thousand, which stands for itself
    return found


def written(terms: Sum) -> str:
    """The one spelling of a sum.

    >>> written(plus(times(constant(Fraction(2)), atom("x")), constant(Fraction(1))))
    '1+2*x'
    """
    if not terms:
        return "0"
    return "+".join(_written_term(product, terms[product]) for product in sorted(terms))


def _written_term(product: Product, coefficient: Fraction) -> str:
    factors = [name if power == 1 else f"{name}^{power}" for name, power in product]
    return "*".join([str(coefficient)] * (coefficient != 1 or not factors) + factors)

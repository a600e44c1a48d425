"""Numbers that prove what they are: by check digits, or by what is never given out."""

from __future__ import annotations

import re


def digits(text: str) -> str:
    """The digits of a text."""
    return re.sub(r"\D", "", text)


def is_ssn(text: str) -> bool:
    """Whether nine digits are a number that the Social Security Administration gives out."""
    number = digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def is_card(text: str) -> bool:
    """Whether digits are a payment card's: known beginning, Luhn's check digit."""
    number = digits(text)
    if not 13 <= len(number) <= 19 or not re.match(r"4|5[1-5]|2[2-7]|3[47]|6(?:011|5)", number):
        return False
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0 and len(set(number)) > 1


def is_iban(text: str) -> bool:
    """Whether a text is an international bank account number: remainder 1 by 97."""
    plain = re.sub(r"\s", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


_VIN = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789",
                (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)),
                strict=True))  # fmt: skip
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_vin(text: str) -> bool:
    """Whether seventeen characters are a vehicle's number by its check digit."""
    plain = text.upper()
    total = sum(_VIN[c] * w for c, w in zip(plain, _WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == plain[8] and any(c.isalpha() for c in plain)


def is_nhs_number(text: str) -> bool:
    """Whether ten digits are a patient's number of the NHS: remainder by 11."""
    number = digits(text)
    rest = 11 - sum(int(d) * (10 - i) for i, d in enumerate(number[:9])) % 11
    return rest != 10 and rest % 11 == int(number[9])


def is_address(text: str) -> bool:
    """Whether four numbers with points are an internet address, not a version."""
    parts = text.split(".") if "." in text else []
    return all(int(part) < 256 and part == str(int(part)) for part in parts)

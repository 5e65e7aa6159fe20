"""What Envoy makes of a YAML scalar: yaml-cpp's words for booleans, null and whole numbers; all else is text.

Checked against Envoy 1.40; source: yaml-cpp's conversions, Envoy's parseYamlNode (source/common/protobuf/yaml_utility.cc).
"""

import re

from poise.balancers.envoy.document import Kind

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = ("y", "yes", "true", "on")
_FALSE = ("n", "no", "false", "off")
_BOOL = {
    spelling: value
    for value, words in (("true", _TRUE), ("false", _FALSE))
    for word in words
    for spelling in (word, word.upper(), word.capitalize())
}
_WHOLE = re.compile(r"([+-]?)(0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9][0-9]*)")


def resolve(value: str, plain: bool, tagged: bool) -> tuple[Kind, str]:
    """Kind and value of a scalar. `plain`: written without quotes and not as a block; `tagged`: it has an explicit tag such as `!!str`.

    A tag does not make a scalar text, it even takes that from a quoted one: Envoy reads `!!str "12"` as the number 12.
    """
    if not plain and not tagged:
        return "string", value
    if plain and not tagged and value in _NULL:
        return "null", ""
    if value in _BOOL:
        return "bool", _BOOL[value]
    if value and value[0] in "0123456789+-":
        return whole(value)
    return "string", value


def whole(value: str) -> tuple[Kind, str]:
    """A number if it is a whole one of 32 bits, in decimal, octal (010) or hexadecimal; else text, in decimal up to 64 bits."""
    found = _WHOLE.fullmatch(value) if len(value) < 70 and "." not in value else None
    if found is None:
        return "string", value
    digits = found[2]
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10
    number = int(found[1] + digits, base)
    if -(2**31) <= number < 2**31:
        return "number", str(number)
    return "string", str(number) if -(2**63) <= number < 2**63 else value

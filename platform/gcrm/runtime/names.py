"""English names of offices and roles as people type them."""

import unicodedata

from gcrm.runtime.refusals import Refused
from gcrm.store.names import LONGEST


def read_english(text: str) -> str:
    """Read an English name; "" is none. Raises Refused for what no page could show."""
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > LONGEST:
        raise Refused("english_name_long", {"most": LONGEST}, 422)
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in name):
        raise Refused("english_name_signs", {}, 422)
    if name and not any(sign.isascii() and sign.isalpha() for sign in name):
        raise Refused("english_name_letters", {}, 422)
    return name

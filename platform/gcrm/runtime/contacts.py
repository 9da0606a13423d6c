"""How an office reaches its staff: phone and mail, sealed under their own key."""

import json
import re
from dataclasses import dataclass
from typing import Any

from gcrm.runtime.refusals import Refused
from gcrm.store.masks import mask
from gcrm.store.sealing import Sealer

PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}|\d{7,8}")
MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """Phone and mail, checked; either may be empty."""

    phone: str
    mail: str

    @staticmethod
    def read(phone: str, mail: str) -> "Contact":
        """Take what was typed. Raises Refused with the sentence beside its field."""
        phone = "".join(phone.split()).replace("-", "")
        mail = mail.strip()
        if phone and not PHONE.fullmatch(phone):
            raise Refused("contact_phone", {}, 422)
        if mail and (len(mail) > 120 or not MAIL.fullmatch(mail)):
            raise Refused("contact_mail", {}, 422)
        return Contact(phone, mail)

    def masks(self) -> dict[str, str]:
        """Give what may be told: masks."""
        return {
            "phone": mask("phone", self.phone) if self.phone else "",
            "mail": mask("mail", self.mail) if self.mail else "",
        }

    def columns(
        self, sealer: Sealer, tenant_id: int, party_id: int, account_id: int
    ) -> dict[str, Any]:
        """Give the account's columns, the values sealed; the party's key must be loaded."""
        content = json.dumps({"phone": self.phone, "mail": self.mail}, ensure_ascii=False)
        place = f"account.contact_sealed.{account_id}"
        shown = self.masks()
        return {
            "contact_sealed": sealer.seal(tenant_id, party_id, place, content.encode("utf-8")),
            "phone_mask": shown["phone"] or None,
            "mail_mask": shown["mail"] or None,
        }

"""Where people reach a government's pages: in messages, and in codes and links on papers."""

from sqlalchemy import Connection, select

from gcrm.runtime.services import Services
from gcrm.store import tables as t


def base_of(reader: Connection, services: Services, tenant_id: int) -> str:
    """Give the address of a tenant's pages: its own host, else the installation's."""
    settings = services.settings
    host = reader.scalar(select(t.tenant.c.host).where(t.tenant.c.id == tenant_id))
    if host:
        return f"{'https' if settings.secure_cookies else 'http'}://{host}"
    return settings.public_url

"""Monitors: addresses and tokens that may read what an installation tells about itself."""

import hmac
import ipaddress

from flask import request

from gcrm.web.site import house


def is_monitor() -> bool:
    """Say whether this request comes from an allowed address, or brings the token."""
    settings = house().settings
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.monitor_token and scheme.lower() == "bearer":
        return hmac.compare_digest(token.encode(), settings.monitor_token.encode())
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in settings.monitors)

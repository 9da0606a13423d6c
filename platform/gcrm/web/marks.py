"""Icons and lamps: each is one inline SVG, drawn in the colour of the words beside it."""

from functools import lru_cache

from markupsafe import Markup

_PATHS = {
    "back": "M12 4.5 6.5 10l5.5 5.5",
    "check": "m4 10.5 4 4 8-9",
    "cross": "M5 5l10 10M15 5 5 15",
    "error": "M6.5 2.5h7l4 4v7l-4 4h-7l-4-4v-7l4-4ZM10 6v5M10 13.6v.2",
    "warn": "M10 3 18 16.5H2L10 3ZM10 8v4M10 14.2v.2",
    "info": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM10 9v5M10 6v.2",
    "ask": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM7.8 7.8a2.2 2.2 0 1 1 3.2 2"
    "c-.8.4-1 .9-1 1.7M10 13.8v.2",
    "pause": "M7 4.5v11M13 4.5v11",
    "large": "M2.5 16 7 4.5h1L12.5 16M4.2 12h6.6M12 16l3-7.5h.6l3 7.5M13 13.8h4.4",
    "person": "M10 3a3.2 3.2 0 1 0 0 6.4A3.2 3.2 0 0 0 10 3ZM3.5 17c.6-3.6 3-5.4 6.5-5.4"
    "s5.9 1.8 6.5 5.4",
    "phone": "M5 2.5h3l1.2 4-2 1.5a10 10 0 0 0 4.8 4.8l1.5-2 4 1.2v3c0 1-.8 1.8-1.8 1.7"
    "C8.5 16.2 3.8 11.5 3.3 4.3 3.2 3.3 4 2.5 5 2.5Z",
    "inbox": "M3 11.5 5 4h10l2 7.5v4.5H3v-4.5ZM3 11.5h4.5c.3 1.6 1.3 2.4 2.5 2.4s2.2-.8 2.5-2.4H17",
    "list": "M7 5h10M7 10h10M7 15h10M3 5h.2M3 10h.2M3 15h.2",
    "chart": "M3 17V3M3 17h14M7 14v-4M11 14V6M15 14v-6",
    "app": "M5 2.5h7l3.5 3.5v11.5H5v-15ZM11.5 2.5v4h4M7.5 10.5h5M7.5 13.5h5",
    "message": "M3 4.5h14v9.5H9l-4 3v-3H3V4.5ZM6.5 8h7M6.5 11h4.5",
    "calendar": "M3 4.5h14V17H3V4.5ZM3 8.5h14M7 2.5v4M13 2.5v4",
    "elder": "M10 16.5 4 10.3C1.5 7.5 4 3.5 7 4.3c1.5.4 2.4 1.5 3 2.7.6-1.2 1.5-2.3 3-2.7"
    " 3-.8 5.5 3.2 3 6L10 16.5Z",
    "eye": "M1.8 10C3.6 6.4 6.4 4.6 10 4.6s6.4 1.8 8.2 5.4c-1.8 3.6-4.6 5.4-8.2 5.4"
    "S3.6 13.6 1.8 10Z"
    "M10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8Z",
    "shield": "M10 2.5 16.5 5v5c0 4-2.7 6.5-6.5 7.7C6.2 16.5 3.5 14 3.5 10V5L10 2.5ZM7 10l2.2 2.2"
    "L13.2 8",
    "away": "M8 4.5H4.5v11h11V12M11.5 3.5h5v5M16.5 3.5 9 11",
    "down": "M10 3v10M5.5 9 10 13.5 14.5 9M4 17h12",
    "clock": "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM10 5.5V10l3 2",
    "out": "M12 4.5V3H3.5v14H12v-1.5M8 10h9M14 6.8 17.2 10 14 13.2",
}

_LAMPS = {
    "ok": '<circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="2"/>',
    "warn": '<path d="M6 .8 11.6 11H.4z" fill="currentColor"/>',
    "late": '<path d="M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5z" fill="currentColor"/>'
    '<path d="M3 6h6" stroke="#fff" stroke-width="2"/>',
    "paused": '<path d="M3 1h2.5v10H3zM7 1h2.5v10H7z" fill="currentColor"/>',
}


@lru_cache(maxsize=64)
def icon(name: str) -> Markup:
    """Draw an icon; it is hidden from readers because words stand beside it."""
    path = _PATHS.get(name, _PATHS["app"])
    return Markup(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>'
    ).format(path)


@lru_cache(maxsize=512)
def lamp(kind: str, words: str) -> Markup:
    """Show a deadline's lamp: `kind` is ok, warn, late or paused; shape and words say it too."""
    drawing = Markup(_LAMPS[kind])  # noqa: S704  our own constant
    return Markup(
        '<span class="lamp lamp--{0}"><svg class="lamp__mark" viewBox="0 0 12 12" '
        'aria-hidden="true">{1}</svg>{2}</span>'
    ).format(kind, drawing, words)

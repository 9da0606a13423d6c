"""Styles and scripts: the built ones by their manifest, else the sources of the styles.

Built files carry their digest in their name and are kept for a year. They are the
only answers sent compressed: they hold nothing secret, so length tells nothing.
"""

import gzip
import json
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request
from markupsafe import Markup

bp = Blueprint("assets", __name__)

STATIC = Path(__file__).parent / "static"
SOURCES = {
    "citizen": ("tokens", "base", "shared", "citizen"),
    "staff": ("tokens", "base", "shared", "citizen", "staff", "admin"),
    "designer": ("tokens", "base", "shared", "citizen", "staff", "designer"),
}
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file ready to be sent, plain and compressed."""

    plain: bytes
    packed: bytes
    type: str
    lasting: bool


def init(app: Flask) -> None:
    """Read all files once; `{{ assets("citizen") }}` writes the tags of a face."""
    app.register_blueprint(bp)
    files = {
        path.relative_to(STATIC).as_posix(): _read(path)
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in TYPES or path.suffix in (".svg", ".png", ".woff2")
    }
    manifest = STATIC / "dist" / "manifest.json"
    entries = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
    app.extensions["gcrm_assets"] = files
    app.jinja_env.globals["assets"] = lambda face: _tags(face, entries)


@lru_cache(maxsize=256)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    kind = (
        TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    )
    return Asset(content, _packed(content), kind, "dist" in path.parts)


def _tags(face: str, entries: dict[str, Any]) -> Markup:
    entry = next((e for e in entries.values() if e.get("name") == face and e.get("isEntry")), None)
    if entry is None:
        names = [f"css/{name}.css" for name in SOURCES[face]]
        return _styles(name for name in names if (STATIC / name).exists())
    script = Markup('<script type="module" src="/static/dist/{}"></script>').format(entry["file"])
    return _styles(f"dist/{name}" for name in entry.get("css", ())) + script


def _styles(names: Any) -> Markup:
    link = Markup('<link rel="stylesheet" href="/static/{}">')
    return Markup("\n").join(link.format(name) for name in names)


@bp.get("/static/<path:name>")
def serve(name: str) -> Response:
    """Send a file of ours."""
    asset: Asset | None = current_app.extensions["gcrm_assets"].get(name)
    if asset is None:
        abort(404)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = Response(asset.packed if packed else asset.plain, content_type=asset.type)
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if asset.lasting else "no-cache"
    )
    return answer

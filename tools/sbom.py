"""The list of all parts of a bundle with their licences, as CycloneDX JSON."""

import email
import hashlib
import json
import re
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FORBIDDEN = re.compile(r"(?<![A-Za-z])A?GPL|Affero|GNU General Public", re.IGNORECASE)
CLASSIFIER = "License :: OSI Approved :: "
# Packages whose metadata names no licence in a field that can be read by a program.
KNOWN = {"google-re2": "BSD-3-Clause"}
FONT = {
    "type": "data",
    "bom-ref": "font:noto-sans-sc",
    "name": "Noto Sans SC",
    "licenses": [{"license": {"id": "OFL-1.1"}}],
}
RARE_FONT = {**FONT, "bom-ref": "font:hanazono", "name": "Hanazono"}


def write(
    wheels: Iterable[Path], lock: Path, version: str, moment: str, *, rare: bool = False
) -> bytes:
    """Write the list of wheels, of what the pages' scripts contain, and of the fonts.

    `rare` says that the font for rare characters of names lies beside the wheels.
    """
    parts = [part_of(wheel) for wheel in sorted(wheels)]
    own = next(part for part in parts if part["name"] == "gcrm")
    parts.remove(own)
    parts += [*scripts(lock), FONT, *([RARE_FONT] if rare else [])]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": moment, "component": {**own, "type": "application"}},
        "components": parts,
        "dependencies": [
            {"ref": own["bom-ref"], "dependsOn": sorted(part["bom-ref"] for part in parts)}
        ],
    }
    name = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    number = uuid.uuid5(uuid.NAMESPACE_OID, f"gcrm/{version}/{name}")
    document = {**document, "serialNumber": number.urn}
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def part_of(wheel: Path) -> dict[str, Any]:
    """Read what a wheel says about itself."""
    with zipfile.ZipFile(wheel) as archive:
        inside = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(archive.read(inside))
    name, version = str(told["Name"]), str(told["Version"])
    plain = re.sub(r"[-_.]+", "-", name).lower()
    part: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{plain}@{version}",
        "name": plain,
        "version": version,
        "purl": f"pkg:pypi/{plain}@{version}",
        "licenses": [{"license": {"name": each}} for each in licences(told, plain)],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
    }
    if told["Summary"]:
        part["description"] = str(told["Summary"])
    return part


def licences(told: Any, name: str) -> list[str]:
    """Name the licences: the expression first, else classifiers, else the first line of text."""
    if told["License-Expression"]:
        return [str(told["License-Expression"])]
    classified = [
        str(each).removeprefix(CLASSIFIER)
        for each in told.get_all("Classifier", [])
        if str(each).startswith(CLASSIFIER)
    ]
    if classified:
        return classified
    text = str(told["License"] or "").strip().partition("\n")[0][:120]
    if text and text.upper() != "UNKNOWN":
        return [text]
    return [KNOWN[name]]


def scripts(lock: Path) -> Iterator[dict[str, Any]]:
    """List the packages that the bundler puts into the pages' scripts."""
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    for place, told in sorted(packages.items()):
        if not place or told.get("dev") or told.get("optional") or told.get("link"):
            continue
        name = place.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{name.replace('@', '%40')}@{told['version']}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": told["version"],
            "purl": purl,
            "licenses": [{"license": {"name": str(told.get("license", "unknown"))}}],
        }


def refused(document: dict[str, Any]) -> list[str]:
    """List parts that a closed product cannot carry: GPL or AGPL, or no licence at all."""
    found = []
    for part in document["components"]:
        names = [each["license"].get("name") or each["license"]["id"] for each in part["licenses"]]
        if not names or any(FORBIDDEN.search(name) or name == "unknown" for name in names):
            found.append(f"{part['name']}: {', '.join(names) or 'no licence'}")
    return found

"""Write the schema files beside the models: `python -m app_definitions`."""

from importlib import resources
from pathlib import Path

from app_definitions import canonical, kinds


def main() -> None:
    """Write `schemas/`; the designer's validators and types are made from these files."""
    folder = Path(str(resources.files("app_definitions"))) / "schemas"
    folder.mkdir(exist_ok=True)
    for name, schema in kinds.schemas().items():
        (folder / name).write_bytes(canonical.dumps(schema))


if __name__ == "__main__":
    main()

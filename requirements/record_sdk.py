"""Write what each released ChatKit SDK offers into chatkit_forge/sdk_versions.json.xz.

Downloads every release that the package index names, without its dependencies, and reads its
source. Run by hand when a version was released; a test compares the newest entry with the
installed SDK.
"""

import json
import lzma
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chatkit_forge import sdk_facts, sdk_record

PACKAGE = "openai-chatkit"


def released() -> list[str]:
    """Return the versions the index names, oldest first."""
    command = [sys.executable, "-m", "pip", "index", "versions", PACKAGE]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Available versions: (.*)", text)
    if found is None:
        raise SystemExit(f"pip names no version of {PACKAGE}:\n{text}")
    return [version.strip() for version in reversed(found[1].split(","))]


def facts(version: str, folder: Path) -> dict[str, object]:
    """Return what a release offers, read from its wheel."""
    target = folder / version
    command = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(target)]
    subprocess.run([sys.executable, "-m", "pip", *command, f"{PACKAGE}=={version}"], check=True)
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return json.loads(sdk_facts.read(target / "chatkit").to_json())


def main() -> None:
    """Write the file anew."""
    with tempfile.TemporaryDirectory() as name:
        record = {version: facts(version, Path(name)) for version in released()}
    text = json.dumps(record, sort_keys=True)
    sdk_record.FILE.write_bytes(lzma.compress(text.encode(), preset=9))
    print(f"{len(record)} versions, {sdk_record.FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()

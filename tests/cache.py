"""One cache for the commands of a run of tests, on whichever worker, and nobody else's."""

import os
import tempfile
import uuid
from pathlib import Path
from typing import Final

VARIABLE: Final = "CHATKIT_FORGE_TESTS_CACHE"
# Workers, and runs that a test makes, are given theirs; whoever is not has begun the run.
BEGAN_HERE: Final = VARIABLE not in os.environ
_OWN: Final = Path(tempfile.gettempdir()) / f"chatkit-forge-tests-{uuid.uuid4().hex}"
CACHE: Final = Path(os.environ.setdefault(VARIABLE, str(_OWN)))
# What one test has had proven, another need not; what an earlier run had, is proven anew.
OWN_CACHE: Final = {"XDG_CACHE_HOME": str(CACHE)}

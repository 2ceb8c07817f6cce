"""One cache for the commands of a run of tests, on whichever worker, and nobody else's."""

import os
import tempfile
from pathlib import Path
from typing import Final

_RUN: Final = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
CACHE: Final = Path(tempfile.gettempdir()) / f"chatkit-forge-tests-{_RUN}"
# What one test has had proven, another need not; what an earlier run had, is proven anew.
OWN_CACHE: Final = {"XDG_CACHE_HOME": str(CACHE)}

from .context import Employee
from .store import PayrollStore

__all__ = ["Employee", "PayrollStore"]

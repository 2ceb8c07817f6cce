from .store import DepotStore, StaffContext

__all__ = ["DepotStore", "StaffContext"]

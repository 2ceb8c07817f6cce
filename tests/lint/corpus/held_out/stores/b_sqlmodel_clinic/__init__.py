from .store import ClinicStore, Visitor

__all__ = ["ClinicStore", "Visitor"]

from dataclasses import dataclass


@dataclass
class Employee:
    employee_no: str

    @property
    def checked(self) -> str:
        if not self.employee_no:
            raise PermissionError("employee number missing")
        return self.employee_no

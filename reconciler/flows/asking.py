"""What the files ask for by now, for an apply that looks again before it settles an issue."""

from dataclasses import dataclass, field
from datetime import date

from reconciler.flows.project import Project
from reconciler.model.address import AccountRef, Permission, PersonId, fold
from reconciler.model.state import Actual, Desired, Recorded
from reconciler.planner.binding import accounts_of_somebody, bind


@dataclass(frozen=True, slots=True)
class FilesNow:
    """The project as it is read now, on a plan's day; worked out when first asked."""

    project: Project
    as_of: date
    _known: list[Desired] = field(default_factory=list[Desired])

    def claimed(self, recorded: Recorded, actual: Actual) -> frozenset[AccountRef]:
        """Return the accounts that are some person's, by ownership or by correlation, conflicts included."""
        rule = self.project.settings.correlation
        return accounts_of_somebody(bind(self._desired(), recorded, actual, rule), recorded)

    def ask_for(self, person: PersonId, permission: Permission) -> bool:
        """Tell whether a person is to hold a permission, by its name or an earlier one."""
        return any(
            wanted.kind is permission.kind
            and person in (wanted.members or ())
            and permission.key.name in {fold(name) for name in (wanted.name, *wanted.previously)}
            for wanted in self._desired().permissions.values()
        )

    def _desired(self) -> Desired:
        if not self._known:
            self._known.append(self.project.desired(self.as_of))
        return self._known[0]

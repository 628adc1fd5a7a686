"""How large a generated organisation is, and what a plan of it has to find."""

from dataclasses import dataclass

GROUPS_EACH = 8
PRODUCTS_EACH = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How large an organisation is; everything else follows from the number of persons."""

    persons: int

    @property
    def groups(self) -> int:
        """A group for each twenty persons: 160 members each."""
        return max(2 * GROUPS_EACH, self.persons // 20)

    @property
    def leavers(self) -> int:
        """Persons who left the files and whose accounts are recorded still."""
        return self.persons // 200

    @property
    def grants(self) -> int:
        """How many grants the files ask for."""
        return self.persons * (GROUPS_EACH + PRODUCTS_EACH)

    @property
    def summary(self) -> dict[str, int]:
        """What a plan has to find."""
        share = self.persons // 100
        return {
            "revoke_group": share + self.leavers * GROUPS_EACH,
            "revoke_product": self.leavers * PRODUCTS_EACH,
            "disable_account": self.leavers,
            "correlate_account": share,
            "create_account": share,
            "update_account": share,
            "enable_account": 2 * share,
            "grant_group": share * (GROUPS_EACH + 2),
            "grant_product": share * PRODUCTS_EACH,
        }

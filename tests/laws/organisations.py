"""Generated organisations and tenants: small, but with every kind of difference between them."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

PERSONS = [f"p{n}" for n in range(7)]
GROUPS = [f"Group {n}" for n in range(4)]
PRODUCTS = [f"Product {n}" for n in range(2)]
STRANGERS = ["stranger1@example.org", "stranger2@example.org"]


@dataclass(frozen=True)
class Organisation:
    """One state of the files: `state` by person, members by permission."""

    first_names: dict[str, str]
    managers: dict[str, str]
    states: dict[str, str]
    groups: dict[str, dict[str, Any]]
    products: dict[str, dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """The files as one YAML document."""
        return {
            "persons": [
                {
                    "ExternalId": person,
                    "DisplayName": person,
                    "Name": {"NickName": name, "Convention": "B", "FamilyName": "Doe"},
                    "Accounts": {"EntraID": {"userPrincipalName": f"{person}@example.org"}},
                    **(
                        {"PrimaryManager": {"ExternalId": self.managers[person]}}
                        if self.managers.get(person) in self.first_names
                        else {}
                    ),
                }
                for person, name in self.first_names.items()
            ],
            "accounts": [
                {"person": person, "state": state}
                for person, state in self.states.items()
                if person in self.first_names
            ],
            "groups": [self._entry(name, entry) for name, entry in self.groups.items()],
            "products": [self._entry(name, entry) for name, entry in self.products.items()],
        }

    def _entry(self, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        members = [m for m in entry.get("members", ()) if m in self.first_names]
        listed = {"members": members} if "members" in entry else {}
        return {"name": name, **entry, **listed}

    def wants(self, person: str) -> bool:
        """Whether the files ask for the person's account."""
        return person in self.first_names and self.states.get(person) in ("enabled", "disabled")

    def grants(self) -> set[tuple[str, str]]:
        """The grants that the files ask for, as person and permission."""
        return {
            (person, name)
            for entries in (self.groups, self.products)
            for name, entry in entries.items()
            for person in entry.get("members", ())
            if self.wants(person)
        }

    def is_authoritative(self, permission: str) -> bool:
        """Whether everybody not listed loses it."""
        entry = self.groups.get(permission) or self.products.get(permission) or {}
        return bool(entry.get("authoritative")) and "members" in entry


names = st.sampled_from(["Ann", "Bo", "Cas", "Zoë"])
states = st.sampled_from(["enabled", "enabled", "disabled", "absent"])
some_persons = st.lists(st.sampled_from(PERSONS), unique=True, max_size=5)


@st.composite
def _permission(draw: st.DrawFn, *, group: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if draw(st.integers(0, 5)):
        entry["members"] = draw(some_persons)
    if draw(st.integers(0, 3)) == 0:
        entry["authoritative"] = True
    if group:
        entry["create"] = True
    return entry


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """One state of the files."""
    return Organisation(
        draw(st.dictionaries(st.sampled_from(PERSONS), names, min_size=2)),
        draw(st.dictionaries(st.sampled_from(PERSONS), st.sampled_from(PERSONS))),
        draw(st.dictionaries(st.sampled_from(PERSONS), states, min_size=2)),
        draw(st.dictionaries(st.sampled_from(GROUPS), _permission(group=True))),
        draw(st.dictionaries(st.sampled_from(PRODUCTS), _permission(group=False))),
    )


@st.composite
def tenants(draw: st.DrawFn) -> dict[str, Any]:
    """A snapshot to seed a tenant with: persons' accounts as found, strangers, grants of both."""
    accounts: list[dict[str, Any]] = []
    for number, name in enumerate([*(f"{p}@example.org" for p in PERSONS), *STRANGERS]):
        if name in STRANGERS or draw(st.booleans()):
            accounts.append(
                {
                    "userGUID": f"00000000-0000-4000-8000-{number:012x}",
                    "userName": draw(st.sampled_from([name, name.upper()])),
                    "firstName": draw(names),
                    "isEnabled": draw(st.booleans()),
                    "isDeleted": name not in STRANGERS and draw(st.integers(0, 4)) == 0,
                    "userAttributes": {"shoeSize": "43"},
                }
            )
    live = [a["userGUID"] for a in accounts if not a["isDeleted"]]
    some = st.lists(st.sampled_from(live), unique=True) if live else st.just([])
    groups = draw(st.lists(st.sampled_from([*GROUPS, "Other"]), unique=True))
    return {
        "format_version": "1.0",
        "accounts": accounts,
        "groups": [
            {
                "groupGuid": f"10000000-0000-4000-8000-{number:012x}",
                "name": name,
                "isEnabled": True,
                "users": draw(some),
                "groups": [],
            }
            for number, name in enumerate(groups)
        ],
        "products": [
            {
                "productId": f"20000000-0000-4000-8000-{number:012x}",
                "name": name,
                "visibility": "All",
            }
            for number, name in enumerate(PRODUCTS)
        ],
        "assignments": [
            {
                "assignmentGuid": f"3000000{number}-0000-4000-8000-{holder[-12:]}",
                "userGuid": holder,
                "productGuid": f"20000000-0000-4000-8000-{number:012x}",
            }
            for number in range(len(PRODUCTS))
            for holder in draw(some)
        ],
    }


@st.composite
def settings(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of a project, with safeguards wide open."""
    open_limit = {"at_most_percent": 100}
    return {
        "target": {
            "base_url": "sandbox:.reconciler/tenant.db",
            "set_manager": draw(st.booleans()),
            "update_user_name": draw(st.booleans()),
            "restore_deleted": draw(st.booleans()),
        },
        "account_not_desired": draw(st.sampled_from(["disable", "delete", "keep"])),
        "safeguards": {
            "allow_empty": True,
            "limits": dict.fromkeys(
                (
                    "delete_account",
                    "disable_account",
                    "revoke_group",
                    "revoke_product",
                    "members_lost",
                ),
                open_limit,
            ),
        },
    }

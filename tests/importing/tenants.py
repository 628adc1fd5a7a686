"""Generated tenants of every shape, as snapshots; and what may change in them from one day to the next."""

import copy
from typing import Any

from hypothesis import strategies as st

from reconciler.desired.page import flaw_of

ODD_NAMES = [
    "10001",
    "yes",
    "No",
    "null",
    "~",
    "1e3",
    "2024-01-01",
    "0x1F",
    "- dash",
    "a: b",
    "# hash",
    "'quoted'",
    '"double"',
    "back\\slash",
    "[list]",
    "{map}",
    "*alias",
    "&anchor",
    "!tag",
    "%percent",
    "@at",
    "`tick`",
    "trailing ",
    " leading",
    "two  blanks",
    "ümlaut ß",
    "日本語",
    "\u202eright-to-left",
    "zero\u200bwidth",
    "tab\there",
    "<b>bold</b>",
    "=1+1",
    "Anna O'Neill, jr.",
    "x" * 130,
    "CON",
    "a/b/../c",
    "#EXT#guest",
    "emoji 🎉",
    "YES",
    "off",
    "Null",
    "TRUE",
    "1_000",
    "0b1",
    "0o17",
    "12:30:00",
    ".5",
    "+31 6 1234 5678",
    ".inf",
    "2024-1-1T00:00:00Z",
    "007",
    "<<",
    "=",
    "? key",
    "| pipe",
    "> fold",
    "key:",
    "--- next",
    "...",
    "-",
    "\ufeffmark",
    "next\u0085line",
    "line\u2028separator",
    "e\u0301",
    "é",
    "İstanbul",
    "ﬁ",
    "nul\x00",
    "aux.txt",
    "lpt1",
    "Sales / Noord",
    "Sales - Noord",
    "..",
    ".hidden",
    "!!!",
    "???",
    "a" * 70 + "1",
    "a" * 70 + "2",
    "x" * 3000,
]
PLAIN_NAMES = ["anna", "bo", "Anna", "cas.de.vries@example.org", "Sales", "sales", "Inside sales"]
names = st.sampled_from([*PLAIN_NAMES, *ODD_NAMES]) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda text: bool(text.strip()))
texts = st.none() | st.just("") | names
ATTRIBUTES = ["department", "title", "phoneNumber", "employeeId", "Extra"]


def ref(kind: int, number: int) -> str:
    return f"{kind}0000000-0000-4000-8000-{number:012x}"


@st.composite
def accounts(draw: st.DrawFn, number: int, of: int) -> dict[str, Any]:
    plain = draw(st.integers(0, 3)) > 0
    name = f"user{number}@example.org" if plain else draw(names)
    manager = draw(st.none() | st.integers(0, of))
    return {
        "userGUID": ref(1, number),
        "userName": name,
        "firstName": draw(texts),
        "lastName": draw(texts),
        "contactEmail": draw(st.just(f"mail{number}@example.org") | texts),
        "isEnabled": draw(st.booleans()),
        "isDeleted": draw(st.integers(0, 5)) == 0,
        "source": draw(st.sampled_from([None, "Local", "AD"])),
        "managedByUserGUID": None if manager is None else ref(1, manager),
        "userAttributes": draw(st.dictionaries(st.sampled_from(ATTRIBUTES), texts)),
    }


@st.composite
def tenants(draw: st.DrawFn, most: int = 6) -> dict[str, Any]:
    count = draw(st.integers(0, most))
    people = [draw(accounts(number, count)) for number in range(count)]
    refs = [account["userGUID"] for account in people]
    some = st.lists(st.sampled_from(refs), unique=True) if refs else st.just([])
    groups = [
        {
            "groupGuid": ref(2, number),
            "name": name,
            "isEnabled": draw(st.booleans()),
            "isDeleted": False,
            "source": draw(st.sampled_from([None, None, None, "", "Local", "AD"])),
            "users": draw(some),
            "groups": [ref(2, inner) for inner in draw(st.sets(st.integers(0, 3)))],
        }
        for number, name in enumerate(draw(st.lists(names, max_size=4)))
    ]
    products = [
        {"productId": ref(3, number), "name": name, "visibility": "All"}
        for number, name in enumerate(draw(st.lists(names, max_size=3)))
    ]
    return {
        "format_version": "1.0",
        "accounts": people,
        "groups": groups,
        "products": products,
        "assignments": [
            {
                "assignmentGuid": f"4000{number:04d}-0000-4000-8000-{holder[-12:]}",
                "userGuid": holder,
                "productGuid": product["productId"],
            }
            for number, product in enumerate(products)
            for holder in draw(some)
        ],
    }


@st.composite
def drifted(draw: st.DrawFn, tenant: dict[str, Any]) -> dict[str, Any]:
    """The tenant after somebody worked in it: fields, access, members, names, accounts, groups."""
    new = copy.deepcopy(tenant)
    for account in new["accounts"]:
        if draw(st.integers(0, 2)) == 0:
            field = draw(st.sampled_from(["firstName", "lastName", "contactEmail"]))
            account[field] = draw(texts)
        if draw(st.integers(0, 3)) == 0:
            account["userAttributes"][draw(st.sampled_from(ATTRIBUTES))] = draw(texts)
        if draw(st.integers(0, 3)) == 0:
            account["isEnabled"] = not account["isEnabled"]
        if draw(st.integers(0, 5)) == 0:
            account["isDeleted"] = not account["isDeleted"]
    if draw(st.booleans()):
        new["accounts"].append(draw(accounts(90, len(new["accounts"]))))
    refs = [account["userGUID"] for account in new["accounts"]]
    for group in new["groups"]:
        if draw(st.booleans()) and refs:
            group["users"] = draw(st.lists(st.sampled_from(refs), unique=True))
        if draw(st.integers(0, 4)) == 0:
            group["name"] = draw(names)
    if draw(st.integers(0, 3)) == 0 and new["groups"]:
        new["groups"].pop()
    if draw(st.booleans()):
        users = draw(st.lists(st.sampled_from(refs), unique=True)) if refs else []
        new["groups"].append(
            {"groupGuid": ref(2, 90), "name": draw(names), "users": users, "groups": []}
        )
    new["assignments"] = [row for row in new["assignments"] if draw(st.booleans())]
    return new


DEPARTMENTS = st.none() | st.just("") | st.just("Sales") | names


@st.composite
def contracts(draw: st.DrawFn, person: int) -> list[dict[str, Any]]:
    """What somebody has, had and will have, in departments that are there, are empty or are missing."""
    dates = [(None, None), ("2001-01-01", "2002-01-01"), ("2024-01-01", None), ("2990-01-01", None)]
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 3))):
        start, end = draw(st.sampled_from(dates))
        department = draw(DEPARTMENTS)
        found.append(
            {
                "ExternalId": f"{person}-{number}",
                "StartDate": start,
                "EndDate": end,
                **({} if department is None else {"Department": {"DisplayName": department}}),
                "Title": {"Name": draw(texts)},
            }
        )
    return found


@st.composite
def vaults(draw: st.DrawFn, tenant: dict[str, Any]) -> dict[str, Any]:
    """A vault export: some of its persons are those of accounts, once or several times, others of none."""
    known = [account["userName"] for account in tenant["accounts"]]
    known += [account["contactEmail"] for account in tenant["accounts"]]
    values = st.sampled_from([name for name in known if name] or ["nobody"]) | names
    persons: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 6))):
        value = draw(values)
        login = draw(st.sampled_from([value, value.upper(), f" {value} "]))
        manager = draw(st.none() | st.integers(0, 7))
        persons.append(
            {
                "ExternalId": f"p{number}" if draw(st.integers(0, 3)) else value,
                "DisplayName": draw(names.filter(lambda name: flaw_of(name) is None)),
                "Excluded": draw(st.integers(0, 7)) == 0,
                "Name": {"NickName": draw(texts), "FamilyName": draw(texts), "Convention": "B"},
                "Contact": {"Business": {"Email": draw(st.sampled_from([login, None, ""]))}},
                "Accounts": {"EntraID": {"userPrincipalName": login}},
                "Custom": {"Login": login},
                "PrimaryManager": None if manager is None else {"ExternalId": f"p{manager}"},
                "Contracts": draw(contracts(number)),
            }
        )
    unlike = {person["ExternalId"].strip().casefold(): person for person in persons}
    return {"Persons": [p for p in unlike.values() if flaw_of(p["ExternalId"]) is None]}


@st.composite
def shuffled(draw: st.DrawFn, tenant: dict[str, Any]) -> dict[str, Any]:
    """The same tenant as other pages may have it."""
    new = copy.deepcopy(tenant)
    for rows in ("accounts", "groups", "products", "assignments"):
        new[rows] = draw(st.permutations(new[rows]))
    for group in new["groups"]:
        group["users"] = draw(st.permutations(group["users"]))
    return new


LIMITED = ("delete_account", "disable_account", "revoke_group", "revoke_product", "members_lost")
PERSON_FIELDS = [
    "Accounts.EntraID.userPrincipalName",
    "Contact.Business.Email",
    "ExternalId",
    "person.custom.Login",
]
ACCOUNT_FIELDS = ["userName", "userName", "contactEmail", "userAttributes.employeeId"]


PATTERNS = st.sampled_from(["user1*", "s*", "*a*", "10001", "*@example.org", "nothing"])


@st.composite
def settings(draw: st.DrawFn) -> dict[str, Any]:
    return {
        **({"unique_fields": ["userName"]} if draw(st.integers(0, 9)) == 0 else {}),
        **({"ledger": "none"} if draw(st.integers(0, 9)) == 0 else {}),
        "scope": {
            kind: {"include": ["*"], "exclude": draw(st.lists(PATTERNS, max_size=1))}
            for kind in ("accounts", "groups", "products")
        },
        "target": {
            "set_manager": draw(st.booleans()),
            "update_user_name": draw(st.booleans()),
            "restore_deleted": draw(st.booleans()),
        },
        "correlation": {
            "enabled": draw(st.integers(0, 9)) > 0,
            "person_field": draw(st.sampled_from(PERSON_FIELDS)),
            "account_field": draw(st.sampled_from(ACCOUNT_FIELDS)),
        },
        "account_not_desired": draw(st.sampled_from(["disable", "delete", "keep"])),
        "safeguards": {
            "allow_empty": True,
            "limits": {kind: {"at_most_percent": 100} for kind in LIMITED},
        },
    }


def _rule(name: str, mode: str, value: str | None, actions: list[str]) -> dict[str, Any]:
    import json

    return {
        "MapForActions": actions,
        "MappingMode": mode,
        "Value": None if value is None else json.dumps(value),
        "UsedInNotifications": False,
        "StoreInAccountData": name == "userName",
    }


FIELDS = {
    "userName": [
        ("Field", "Person.Accounts.EntraID.userPrincipalName"),
        ("Field", "Person.UserName"),
    ],
    "firstName": [
        ("Field", "Person.Name.GivenName"),
        ("Complex", "Person.Name.NickName.toUpperCase()"),
        ("Complex", "Person.Name.NickName || Person.Name.GivenName || null"),
        ("Fixed", "Same for all"),
    ],
    "lastName": [
        ("Field", "Person.Name.FamilyName"),
        ("Complex", "[Person.Name.FamilyNamePrefix, Person.Name.FamilyName].join(' ').trim()"),
    ],
    "contactEmail": [
        ("Field", "Person.Contact.Business.Email"),
        ("Complex", "Person.Contact.Business.Email.toLowerCase()"),
        ("Field", "Person.Accounts.EntraID.userPrincipalName"),
    ],
    "userAttributes.department": [
        ("Field", "Person.PrimaryContract.Department.DisplayName"),
        ("Complex", "Person.PrimaryContract.Department.DisplayName"),
    ],
    "userAttributes.title": [("Complex", "Person.PrimaryContract.Title.Name"), ("None", None)],
    "userAttributes.phoneNumber": [
        ("Field", "Person.Contact.Business.Phone.Mobile"),
        ("Complex", "Person.Contact.Business.Phone.Fixed.replace(/ /g, '')"),
    ],
    "userAttributes.employeeId": [("Field", "Person.ExternalId")],
    "userAttributes.Extra": [("Field", "Person.Custom.Extra"), ("Fixed", "10")],
    "managedByUserGUID": [("Complex", "null")],
    "mustChangePassword": [("Fixed", "FALSE")],
}


@st.composite
def mappings(draw: st.DrawFn) -> dict[str, Any]:
    """A field mapping in HelloID's format: other fields and other scripts each time."""
    fields: list[dict[str, Any]] = []
    for name, rules in FIELDS.items():
        if name != "userName" and draw(st.integers(0, 3)) == 0:
            continue
        mode, value = draw(st.sampled_from(rules))
        actions = [_rule(name, mode, value, ["Create", "Update"])]
        if draw(st.integers(0, 9)) == 0 and name != "userName":
            actions.append(_rule(name, "Fixed", "FALSE", ["Disable"]))
        fields.append({"Name": name, "Description": "", "Type": "Text", "MappingActions": actions})
    return {"Version": "v1", "MappingFields": fields, "UniqueFieldNames": []}

"""Good desired files and settings with every key that the readers take, to break at will."""

from typing import Any

from tests.schemas.editor import Plain

PERSON: dict[str, Any] = {
    "ExternalId": "10001",
    "PersonId": "p",
    "DisplayName": "Anna Visser",
    "UserName": Plain("007"),
    "Name": {"GivenName": "Anna", "Convention": Plain("B")},
    "Details": {"BirthDate": Plain("1990-02-28")},
    "Contact": {"Business": {"Email": "a.visser@example.org", "Phone": {"Mobile": "+31 6"}}},
    "Accounts": {"EntraID": {"userPrincipalName": "a.visser@example.org"}},
    "PrimaryManager": {"ExternalId": "10000"},
    "Excluded": False,
    "ExclusionDetails": {"Hr": False},
    "Custom": {"Badge": 7},
    "Location": None,
    "PrimaryContract": {"ExternalId": "c1", "StartDate": "2024-01-01"},
    "Contracts": [
        {
            "ExternalId": Plain("10001-1"),
            "StartDate": Plain("2024-01-01"),
            "EndDate": None,
            "Details": {"Fte": 1.0, "Sequence": 1},
            "Department": {"ExternalId": "SALES", "Manager": {"ExternalId": "10000"}},
            "Title": {"Name": "Account manager"},
        },
        {"StartDate": "2024-01-01T00:00:00Z", "EndDate": ""},
    ],
}
GROUP: dict[str, Any] = {
    "name": "Sales",
    "previously": ["Sales team"],
    "create": True,
    "authoritative": False,
    "protected": Plain("False"),
    "description": Plain("42"),
    "members": [
        "10001",
        {
            "person": "10002",
            "from": Plain("2026-01-01"),
            "until": "2027-01-01",
            "reason": "Leave",
            "ticket": 7,
        },
    ],
}
RULES: list[dict[str, Any]] = [
    {
        "name": "sales",
        "when": {
            "all": [
                {"Contract.Department.ExternalId": "SALES"},
                {"any": [{"Contract.Title.Name": {"in": ["One", 2, True]}}]},
                {"not": {"Person.Custom.Level": {"equals": 3}}},
                {
                    "contract.StartDate": {"after": Plain("2020-01-01"), "before": "2030-01-01"},
                    "Contract.Details.Fte": {"after": 0.5},
                    "Person.Name.GivenName": {
                        "not_equals": "An",
                        "not_in": ["x"],
                        "contains": "n",
                        "starts_with": "A",
                        "ends_with": "a",
                        "matches": "A.*",
                    },
                    "Person.Contact": {"exists": True},
                },
            ]
        },
        "window": {"days_before_start": 7, "days_after_end": None},
        "grant": {
            "account": "enabled",
            "groups": ["Sales"],
            "products": ["CRM"],
            "group_per_contract": "d_{Contract.Department.ExternalId}",
        },
    },
    {"name": "all", "when": {"Contract.ExternalId": {"exists": True}}, "grant": {"groups": ["A"]}},
]
POLICIES: list[dict[str, Any]] = [
    {"name": "one", "forbid_together": [{"group": "A"}, {"product": "B"}], "severity": "warning"},
    {"name": "two", "require_until": [{"group": "A"}], "at_most": "90d"},
    {"name": "three", "require_until": [{"group": "A"}], "severity": None},
    {"name": "four", "require_reason": [{"group": "A"}]},
    {"name": "five", "allowed_only": [{"group": "A"}], "when": {"Person.ExternalId": "1"}},
    {"name": "six", "max_members": [{"group": "A"}], "at_most": 5},
    {"name": "seven", "min_members": [{"product": "A"}], "at_least": 0},
]
RESOLUTIONS: list[dict[str, Any]] = [
    {"issue": "account_unmanaged", "account": "old@example.org", "resolution": "disable"},
    {
        "issue": "permission_unmanaged",
        "account": "b@example.org",
        "permission": {"group": "Sales"},
        "resolution": "exclude",
        "period": "6 months",
        "from": Plain("2026-11-01"),
        "reason": "Audit",
    },
    {
        "issue": "account_missing",
        "person": "10001",
        "resolution": "exclude",
        "until": "2027-01-01",
        "reason": 7,
    },
    {"issue": "person_multiple_accounts", "person": "1", "resolution": "resolve", "reason": None},
]
DESIRED: dict[str, Any] = {
    "persons": [PERSON, {"ExternalId": "10002"}],
    "persons_from": ["vault.json"],
    "accounts": [
        {
            "person": "10001",
            "state": "enabled",
            "from": "2024-01-01",
            "until": None,
            "fields": {"a.b": "x", "c": True, "d": None, "e": ["x", 1], "f": 7},
        },
        {"person": "10002", "state": Plain("absent")},
    ],
    "groups": [GROUP, {"name": "Nobody", "members": []}, {"name": "Left alone"}],
    "products": [{key: GROUP[key] for key in GROUP if key != "create"}],
    "rules": RULES,
    "resources": [{"group": "d_{Contract.Department.ExternalId}"}],
    "examples": [
        {
            "name": "An example",
            "person": {"Contracts": [{"Department": {"ExternalId": "SALES"}}]},
            "as_of": "2026-01-01",
            "gives": {"account": "none", "groups": ["Sales"], "products": None},
        },
        {"person": "10001", "as_of": Plain("2026-01-01"), "gives": {}},
    ],
    "policies": POLICIES,
    "resolutions": RESOLUTIONS,
}
SETTINGS: dict[str, Any] = {
    "target": {
        "base_url": "https://tenant.helloid.com/api/v1/",
        "api_key": "${KEY}",
        "api_secret": None,
        "set_manager": True,
        "update_user_name": "${FLAG}",
        "restore_deleted": Plain("FALSE"),
        "timeout_seconds": 2.5,
        "concurrency": "${NUMBER}",
        "requests_per_second": None,
    },
    "correlation": {"enabled": False, "person_field": "ExternalId", "account_field": "userName"},
    "field_mapping": "fieldMapping.json",
    "unique_fields": ["userName", 7],
    "time_zone": "Europe/Amsterdam",
    "desired": "desired",
    "ledger": "sqlite:///.reconciler/ledger.db",
    "scope": {
        "accounts": {"include": ["*"], "exclude": ["svc-*", "${TEXT}"]},
        "groups": {"include": None},
        "products": None,
    },
    "account_not_desired": "disable",
    "delete_after_days": 90,
    "governance": {"automatic": {"account_missing": "report", "account_unmanaged": None}},
    "safeguards": {
        "limits": {
            "delete_account": {"at_most_percent": "5%"},
            "total": {"at_most": None, "at_most_percent": 2.5},
            "members_lost": {"at_most": "${NUMBER}"},
            "percent_from": 10,
        },
        "protected_accounts": ["admin*"],
        "allow_empty": False,
        "plan_expires": "1d12h",
    },
    "products": {"comment": "Requested", "pending_days": 30},
    "notify": {"command": "${TEXT}"},
}
ENVIRON = {"KEY": "key", "FLAG": "true", "NUMBER": "5", "TEXT": "text"}

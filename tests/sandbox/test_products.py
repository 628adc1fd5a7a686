import pytest

from reconciler.sandbox import decide, requests
from tests.sandbox.conftest import Made
from tests.sandbox.tenants import NOBODY, Tenant, refused


def test_a_request_gives_an_assignment_that_every_list_shows(tenant: Tenant) -> None:
    user, product = tenant.user("a"), tenant.product("CRM", code="CRM01")
    assert tenant.request(user, product).content == b""

    (item,) = tenant.get("/product-assignment")
    assert item | {"requestedAt": 0, "approvedAt": 0, "assignmentGuid": 0} == {
        "assignmentGuid": 0,
        "userGuid": user,
        "userName": "a",
        "productGuid": product,
        "productName": "CRM",
        "productSku": "CRM01",
        "requestedAt": 0,
        "approvedAt": 0,
        "returnDate": None,
        "source": None,
        "approvalHistory": [],
    }
    assert tenant.get(f"/product-assignment/by-user/{user.upper()}") == [item]
    assert tenant.get(f"/product-assignment/by-product/{product}") == [item]
    assert tenant.get(f"/product-assignment/by-assignment/{item['assignmentGuid']}") == item
    assert tenant.get("/product-assignment", take=1, skip=1) == []


def test_a_second_request_is_refused_where_one_is_the_most(tenant: Tenant) -> None:
    user, one = tenant.user("a"), tenant.product("One")
    many = tenant.product("Many", allowMultipleRequests=True)
    few = tenant.product("Few", allowMultipleRequests=True, maxCount=1)
    assert tenant.request(user, one).status_code == 200
    refused(tenant.request(user, one), 409, "already assigned")
    assert [tenant.request(user, many).status_code for _ in range(2)] == [200, 200]
    assert tenant.request(user, few).status_code == 200
    refused(tenant.request(user, few), 409, "no longer available")

    held = [item["productName"] for item in tenant.get(f"/product-assignment/by-user/{user}")]
    assert held == ["One", "Many", "Many", "Few"]
    both = {"productGUID": many.upper(), "userGUID": user, "executeActions": True}
    assert tenant.post("/product-assignment/unassign/by-product", both) is None
    assert len(tenant.get("/product-assignment")) == 2
    tenant.post("/product-assignment/unassign/by-product", both)


@pytest.mark.parametrize(
    ("product", "sent", "status"),
    [
        ({"visibility": "Disabled"}, {}, 409),
        ({"requestComment": "Required"}, {"comment": " "}, 409),
        ({"requestComment": "Required"}, {"comment": "please"}, 200),
        ({"dynamicForm": {"id": 1}}, {"formData": {}}, 409),
        ({"dynamicForm": {"id": 1}}, {"formData": {"size": "L"}}, 200),
        ({"hasTimeLimit": True}, {}, 409),
        ({"hasTimeLimit": True}, {"durationInSeconds": "60"}, 200),
        ({"hasTimeLimit": True}, {"durationInSeconds": 0}, 400),
        ({"hasTimeLimit": True}, {"durationInSeconds": 10**17}, 400),
        ({"hasTimeLimit": True}, {"toDate": "2999-01-01 00:00:00.000"}, 200),
        ({"hasTimeLimit": True}, {"toDate": "2001-01-01 00:00:00.000"}, 400),
        ({"hasTimeLimit": True}, {"toDate": "tomorrow"}, 400),
        ({}, {"formData": "text"}, 400),
    ],
)
def test_a_product_gets_what_it_demands(
    tenant: Tenant, product: dict[str, object], sent: dict[str, object], status: int
) -> None:
    user, guid = tenant.user("a"), tenant.product("P", **product)
    assert tenant.request(user, guid, **sent).status_code == status
    assert len(tenant.get("/product-assignment")) == (status == 200)


def test_requests_for_what_does_not_exist_are_refused(tenant: Tenant) -> None:
    user, product = tenant.user("a"), tenant.product("P")
    assert tenant.request(user, NOBODY).status_code == 404
    assert tenant.request(NOBODY, product).status_code == 404
    assert tenant.request(user, "P").status_code == 400
    assert tenant.request(user, product, requestedForUserGUID=None).status_code == 400
    tenant.delete("/users/a")
    assert tenant.request(user, product).status_code == 404
    assert tenant.get(f"/product-assignment/by-user/{NOBODY}") == []
    assert tenant.call("GET", "/product-assignment/by-user/a").status_code == 400
    assert tenant.call("GET", f"/product-assignment/by-assignment/{NOBODY}").status_code == 404
    for body in ({"productGUID": product}, {"productGUID": product, "userGUID": NOBODY}):
        answer = tenant.call("POST", "/product-assignment/unassign/by-product", body)
        assert answer.status_code in (400, 404)


def test_assigning_needs_no_approval(made: Made) -> None:
    tenant = made(approval="pending")
    user, product = tenant.user("a"), tenant.product("P")
    body = {"userGuid": user, "source": "Sync", "executeApprovalActions": False}
    tenant.post(f"/product-assignment/{product}", body)
    assert len(tenant.get("/product-assignment/by-source/SYNC")) == 1
    assert tenant.get("/product-assignment/by-source/other") == []
    assert tenant.call("POST", f"/product-assignment/{product}", body).status_code == 409
    assert tenant.call("POST", f"/product-assignment/{NOBODY}", body).status_code == 404


def test_a_pending_request_is_no_assignment_until_it_is_approved(made: Made) -> None:
    tenant = made(approval="pending")
    user, product = tenant.user("a"), tenant.product("P")
    assert tenant.request(user, product, comment="please").status_code == 200

    assert tenant.get("/product-assignment") == []
    refused(tenant.request(user, product), 409, "already requested")
    (waiting,) = requests(tenant.state)
    assert (waiting["status"], waiting["userName"], waiting["comment"]) == (
        "pending",
        "a",
        "please",
    )
    assert decide(tenant.state, "approved", user="b") == 0
    assert decide(tenant.state, "approved", user="A", product=product, by="boss") == 1
    assert decide(tenant.state, "approved") == 0
    (item,) = tenant.get("/product-assignment")
    assert item["approvalHistory"] == [{"userName": "boss", "comment": None, "approved": True}]


def test_a_denied_request_may_be_made_again_and_a_deletion_withdraws_it(made: Made) -> None:
    tenant = made(pending_products=("p",))
    user, product, other = tenant.user("a"), tenant.product("P"), tenant.product("Q")
    tenant.request(user, product)
    assert tenant.request(user, other).status_code == 200
    assert decide(tenant.state, "denied") == 1
    assert tenant.request(user, product).status_code == 200
    tenant.delete("/users/a")
    statuses = [request["status"] for request in requests(tenant.state)]
    assert statuses == ["denied", "approved", "withdrawn"]
    assert tenant.get("/product-assignment") == []


def test_disabling_a_user_returns_the_products_that_say_so(made: Made) -> None:
    for returned in (True, False):
        tenant = made(return_on_user_disable=returned)
        user = tenant.user("a", isEnabled=True)
        tenant.request(user, tenant.product("Loan", returnOnUserDisable=True))
        tenant.request(user, tenant.product("Kept"))
        tenant.put("/users/a", {"isEnabled": False})
        held = [item["productName"] for item in tenant.get("/product-assignment")]
        assert held == (["Kept"] if returned else ["Loan", "Kept"])


def test_both_generations_show_the_same_products(tenant: Tenant) -> None:
    group = tenant.group("Owners")
    old = tenant.post(
        "/selfservice/products",
        {"Name": "CRM", "code": "C1", "isEnabled": False, "managedByGroupGUID": group},
    )
    guid = old["selfServiceProductGUID"]
    assert (old["isEnabled"], old["managedByGroupName"]) == (False, "Owners")
    assert tenant.get("/selfservice/products") == [old]
    assert tenant.get(f"/selfservice/products/{guid}") == old
    (new,) = tenant.get("/products")
    assert (new["productId"], new["visibility"]) == (guid, "Disabled")
    assert new["resourceOwnerGroup"] == {"id": group, "name": "Owners"}
    assert tenant.get(f"/products/{guid.upper()}") == {**new, **tenant.get(f"/products/{guid}")}
    assert tenant.get(f"/products/{guid}")["onRequest"] == []

    twin = tenant.call("POST", "/products", {"name": "Other", "code": "c1"})
    refused(twin, 409, "code")
    change = {"selfServiceProductGUID": guid, "visibility": "All"}
    assert tenant.post("/selfservice/products", change)["isEnabled"] is True
    assert tenant.call("GET", f"/products/{NOBODY}").status_code == 404
    assert tenant.call("GET", "/products/CRM").status_code == 404
    assert tenant.call("POST", "/products", {}).status_code == 400
    assert tenant.call("POST", "/products", {"name": "x", "visibility": "No"}).status_code == 400

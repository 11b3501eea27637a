"""Runs the official Python SDK for Azure networking against a simulator: every group of perimeter operations.

    python conformance.py http://127.0.0.1:PORT [SUBSCRIPTION] [RESOURCE_GROUP]

The world has to be one with Azure OpenAI account `aoai-prod` in the group and nothing named `sdk-*`. It prints what it
does, and ends with status 1 at the first thing that is not as a caller of Azure would expect it.
Needs what `requirements.txt` beside this file lists.
"""

import sys
import time

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.network import NetworkManagementClient, models

PROD = "3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11"
LOCATION = "swedencentral"


class Credential:
    """A token that the simulator takes."""

    def get_token(self, *_scopes, **_options):
        return AccessToken("simulated", int(time.time()) + 3600)


class Bearer(SansIOHTTPPolicy):
    """Sends the token over plain HTTP too, which the SDK's own policy refuses for good reason."""

    def on_request(self, request):
        request.http_request.headers["Authorization"] = "Bearer simulated"


class Mismatch(Exception):
    """Something was not as expected."""


def expect(condition, what):
    if not condition:
        raise Mismatch(what)
    print(f"  ok: {what}")


def refused(what, kind, status, code, call):
    """`call` has to fail with this class, status and, where one is given, error code."""
    try:
        call()
    except HttpResponseError as error:
        found = error.error.code if error.error else None
        right = isinstance(error, kind) and error.status_code == status and code in (None, found)
        expect(right, f"{what} is refused: {type(error).__name__} {error.status_code} {found}")
    else:
        raise Mismatch(f"{what} was not refused")


def rule(**content):
    """An access rule that says `content`."""
    return models.NspAccessRule(properties=models.NspAccessRuleProperties(**content))


class Run:
    """One client, one resource group, and the names of what is made in it."""

    def __init__(self, url, subscription, group):
        self.client = NetworkManagementClient(
            Credential(), subscription, base_url=url, authentication_policy=Bearer(), polling_interval=0.2
        )
        self.subscription, self.group = subscription, group
        base = f"/subscriptions/{subscription}/resourceGroups/{group}/providers"
        self.perimeter_id = f"{base}/Microsoft.Network/networkSecurityPerimeters/sdk-near"
        self.far_id = f"{base}/Microsoft.Network/networkSecurityPerimeters/sdk-far"
        self.account_id = f"{base}/Microsoft.CognitiveServices/accounts/aoai-prod"
        self.near = (group, "sdk-near")
        self.far = (group, "sdk-far")

    def perimeters(self):
        print("perimeters")
        group = self.client.network_security_perimeters
        for target in (self.near, self.far):
            made = group.create_or_update(
                *target, models.NetworkSecurityPerimeter(location=LOCATION, tags={"made-by": "sdk"})
            )
            expect(made.properties.provisioning_state == "Succeeded" and len(made.properties.perimeter_guid) == 36, f"{made.name} is made")
        patched = group.patch(*self.near, models.UpdateTagsRequest(tags={"made-by": "sdk", "run": "1"}))
        expect(patched.tags == {"made-by": "sdk", "run": "1"}, "tags are patched")
        read = group.get(*self.near)
        expect((read.id, read.location, read.tags) == (self.perimeter_id, LOCATION, patched.tags), "it reads the same")
        expect(read.system_data.created_at is not None, "systemData has dates")
        extra = [(self.group, f"sdk-page-{number:02}") for number in range(12)]
        for target in extra:
            group.create_or_update(*target, models.NetworkSecurityPerimeter(location=LOCATION))
        for what, listed in (("group", group.list(self.group)), ("subscription", group.list_by_subscription())):
            pages = [list(page) for page in listed.by_page()]
            names = [one.name for page in pages for one in page]
            right = len(pages) > 1 and len(names) == len(set(names)) and {"sdk-near", "sdk-page-11"} <= set(names)
            expect(right, f"the list of the {what} has {len(names)} perimeters on {len(pages)} pages")
        small = next(iter(group.list(self.group, top=3).by_page()))
        expect(len(list(small)) == 3, "a page of three when three are asked for")
        for target in extra:
            group.begin_delete(*target).result()
        refused("a perimeter that is not there", ResourceNotFoundError, 404, "NotFound", lambda: group.get(self.group, "no"))
        refused(
            "a perimeter with a bad name",
            HttpResponseError,
            400,
            None,
            lambda: group.create_or_update(self.group, "-bad-", models.NetworkSecurityPerimeter(location=LOCATION)),
        )

    def profiles(self):
        print("profiles")
        group = self.client.network_security_perimeter_profiles
        for name in ("p", "spare"):
            made = group.create_or_update(*self.near, name, models.NspProfile())
            expect(made.properties.access_rules_version == "0", f"profile {name} is made")
        group.create_or_update(*self.far, "p", models.NspProfile())
        expect(group.get(*self.near, "p").name == "p", "it can be read")
        expect([one.name for one in group.list(*self.near)] == ["p", "spare"], "both are listed")
        group.delete(*self.near, "spare")
        refused("a deleted profile", ResourceNotFoundError, 404, None, lambda: group.get(*self.near, "spare"))

    def rules(self):
        print("access rules")
        group = self.client.network_security_perimeter_access_rules
        at = (*self.near, "p")
        own = models.SubscriptionId(id=f"/subscriptions/{self.subscription}")
        kinds = {
            "ip": {"direction": "Inbound", "address_prefixes": ["203.0.113.0/24"]},
            "subscription": {"direction": "Inbound", "subscriptions": [own]},
            "tag": {"direction": "Inbound", "service_tags": ["AzureCloud"]},
            "fqdn": {"direction": "Outbound", "fully_qualified_domain_names": ["api.example.org"]},
            "mail": {"direction": "Outbound", "email_addresses": ["a@example.org"]},
            "phone": {"direction": "Outbound", "phone_numbers": ["+919898989898"]},
        }
        for name, content in kinds.items():
            made = group.create_or_update(*at, name, rule(**content))
            said = {field: getattr(made.properties, field) for field in content}
            if name == "phone":
                said["phone_numbers"] = [number.replace(" ", "") for number in said["phone_numbers"]]
            if name == "subscription":
                said["subscriptions"], content = [one.id for one in made.properties.subscriptions], {**content, "subscriptions": [own.id]}
            expect(said == content, f"a rule by {name} says what was sent")
        read = group.get(*at, "ip").properties
        read.address_prefixes = ["198.51.100.0/24", *read.address_prefixes]
        # As recorded clients do: what was read is sent back, without what the service sets.
        changed = group.create_or_update(
            *at, "ip", rule(direction=read.direction, address_prefixes=read.address_prefixes)
        )
        expect(len(changed.properties.address_prefixes) == 2, "a rule is edited")
        group.reconcile(*at, "ip", {"properties": {}})
        expect(sorted(one.name for one in group.list(*at)) == sorted(kinds), "all rules are listed")
        version = self.client.network_security_perimeter_profiles.get(*at).properties.access_rules_version
        expect(int(version) >= len(kinds), f"the profile counts its changes: {version}")
        for what, content in {
            "a wrong CIDR": {"direction": "Inbound", "address_prefixes": ["10.0.0.0/99"]},
            "prefixes going out": {"direction": "Outbound", "address_prefixes": ["10.0.0.0/8"]},
        }.items():
            refused(
                what,
                HttpResponseError,
                400,
                None,
                lambda content=content: group.create_or_update(*at, "bad", rule(**content)),
            )
        group.delete(*at, "mail")
        refused("a deleted rule", ResourceNotFoundError, 404, None, lambda: group.get(*at, "mail"))

    def association(self, mode, profile="p"):
        return models.NspAssociation(
            properties=models.NspAssociationProperties(
                private_link_resource=models.SubResource(id=self.account_id),
                profile=models.SubResource(id=f"{self.perimeter_id}/profiles/{profile}"),
                access_mode=mode,
            )
        )

    def associations(self):
        print("associations")
        group = self.client.network_security_perimeter_associations
        refused(
            "an association with a profile that is not there",
            HttpResponseError,
            400,
            None,
            lambda: group.begin_create_or_update(*self.near, "bad", self.association("Learning", "absent")).result(),
        )
        for mode in ("Learning", "Enforced"):
            made = group.begin_create_or_update(*self.near, "a", self.association(mode)).result().properties
            right = (made.access_mode, made.provisioning_state, made.has_provisioning_issues)
            expect(right == (mode, "Succeeded", "no"), f"the poller ends with {mode}")
        expect([one.name for one in group.list(*self.near)] == ["a"], "it is listed")
        group.reconcile(*self.near, "a", {"properties": {}})
        expect(group.get(*self.near, "a").properties.profile.id.endswith("/profiles/p"), "it keeps its profile")
        refused(
            "a second association of one resource",
            ResourceExistsError,
            409,
            None,
            lambda: group.begin_create_or_update(*self.near, "b", self.association("Learning")).result(),
        )
        profiles = self.client.network_security_perimeter_profiles
        refused("deleting a profile in use", ResourceExistsError, 409, None, lambda: profiles.delete(*self.near, "p"))

    def links(self):
        print("links and link references")
        links = self.client.network_security_perimeter_links
        references = self.client.network_security_perimeter_link_references
        content = models.NspLinkProperties(
            auto_approved_remote_perimeter_resource_id=self.far_id,
            local_inbound_profiles=["*"],
            remote_inbound_profiles=["*"],
        )
        made = links.create_or_update(*self.near, "l", models.NspLink(properties=content)).properties
        expect(made.status == "Approved" and made.local_outbound_profiles == ["*"], "a link is made and approved")
        for _ in range(50):
            state = links.get(*self.near, "l").properties.provisioning_state
            if state != "Accepted":
                break
            time.sleep(0.2)
        expect(state == "Succeeded", "it settles")
        expect([one.name for one in links.list(*self.near)] == ["l"], "it is listed")
        name = f"Ref-from-l-{self.client.network_security_perimeters.get(*self.near).properties.perimeter_guid}"
        expect([one.name for one in references.list(*self.far)] == [name], "its reference is on the other side")
        expect(references.get(*self.far, name).properties.remote_perimeter_resource_id == self.perimeter_id, "it points back")
        links.begin_delete(*self.near, "l").result()
        refused("a deleted link", ResourceNotFoundError, 404, None, lambda: links.get(*self.near, "l"))
        expect(references.get(*self.far, name).properties.status == "Disconnected", "the reference stays, disconnected")
        references.begin_delete(*self.far, name).result()
        refused("a deleted reference", ResourceNotFoundError, 404, None, lambda: references.get(*self.far, name))

    def logging(self):
        print("logging configurations")
        group = self.client.network_security_perimeter_logging_configurations
        categories = ["NspPublicInboundPerimeterRulesDenied"]
        content = models.NspLoggingConfigurationProperties(enabled_log_categories=categories)
        body = models.NspLoggingConfiguration(properties=content)
        made = group.create_or_update(*self.near, "instance", body).properties
        expect(made.enabled_log_categories == categories, "categories are kept")
        content.version = made.version
        again = group.create_or_update(*self.near, "instance", body).properties
        expect(int(again.version) > int(made.version), "the version rises")
        expect(group.get(*self.near, "instance").properties.version == again.version, "it can be read")
        expect(len(list(group.list(*self.near))) == 1, "it is listed")
        group.delete(*self.near, "instance")
        refused("a deleted one", ResourceNotFoundError, 404, None, lambda: group.get(*self.near, "instance"))

    def regions(self):
        print("regions and operation statuses")
        types = list(self.client.network_security_perimeter_associable_resource_types.list(LOCATION))
        expect(len(types) > 20, f"{len(types)} associable types, over several pages")
        tags = list(self.client.network_security_perimeter_service_tags.list(LOCATION))
        expect(len(tags) == 1 and len(tags[0].service_tags) > 10, "service tags come in one element")
        seen = {}

        def note(response):
            seen["url"] = response.http_response.headers.get("Azure-AsyncOperation")

        associations = self.client.network_security_perimeter_associations
        associations.begin_delete(*self.near, "a", raw_response_hook=lambda r: seen.get("url") or note(r)).result()
        operation = seen["url"].split("?")[0].rsplit("/", 1)[1]
        status = self.client.network_security_perimeter_operation_statuses.get(LOCATION, operation)
        expect(status.status == "Succeeded", "the status of an operation by its id")
        refused("a deleted association", ResourceNotFoundError, 404, None, lambda: associations.get(*self.near, "a"))

    def deletions(self):
        print("deletions")
        group = self.client.network_security_perimeters
        associations = self.client.network_security_perimeter_associations
        associations.begin_create_or_update(*self.near, "a", self.association("Learning")).result()
        refused("deleting what is not empty", ResourceExistsError, 409, None, lambda: group.begin_delete(*self.near).result())
        group.begin_delete(*self.near, force_deletion=True).result()
        group.begin_delete(*self.far, force_deletion=True).result()
        for target in (self.near, self.far):
            refused(f"{target[1]}, deleted by force,", ResourceNotFoundError, 404, None, lambda t=target: group.get(*t))
        group.begin_delete(*self.near).result()
        expect(True, "deleting what is gone is no error")


def main(arguments):
    if not 2 <= len(arguments) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    url = arguments[1]
    subscription = arguments[2] if len(arguments) > 2 else PROD
    group = arguments[3] if len(arguments) > 3 else "rg-ai-prod"
    run, began = Run(url, subscription, group), time.monotonic()
    try:
        for step in (
            run.perimeters,
            run.profiles,
            run.rules,
            run.associations,
            run.links,
            run.logging,
            run.regions,
            run.deletions,
        ):
            step()
    except (Mismatch, HttpResponseError) as error:
        print(f"NOT AS EXPECTED: {error}", file=sys.stderr)
        return 1
    print(f"all as expected, in {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

"""What of each module's routes and jobs names nothing that an organization owns, and why."""

from __future__ import annotations

_ACCOUNTS = "accounts belong to the house; people work in many organizations"
_ENQUEUED_INSIDE = "only the account's own routes enqueue it, for a receipt of their own making"
HOUSE_WIDE: dict[str, dict[str, str]] = {
    "events": {
        "POST /v1/event-subscriptions/{name:str}/replays": "subscriptions are the house's; the events one's own",
        "GET /v1/events/probes": "filled by deliveries, which stand still here: tests/systems/events",
        "events.prune_events": "names nothing",
    },
    "identity": {
        "GET /v1/users": _ACCOUNTS,
        "GET /v1/users/{user_id:uuid}": _ACCOUNTS,
        "POST /v1/users/{user_id:uuid}/ban": "so do bans",
        "POST /v1/users/{user_id:uuid}/unban": "so do bans",
        "POST /v1/users/{user_id:uuid}/end-sessions": "so do sessions",
        "POST /v1/users/{user_id:uuid}/impersonate": "so do accounts: tests/systems/identity/test_impersonation.py",
        "POST /v1/account/providers/{provider:str}/begin": "providers are the house's; the visit one's own",
        "identity.send_sign_up_mail": _ACCOUNTS,
        "identity.send_reset_mail": _ACCOUNTS,
        "identity.send_change_mail": _ACCOUNTS,
        "identity.send_notice": _ACCOUNTS,
        "identity.send_code": "only the account's own routes enqueue it, for a code of their own session",
        "GET /v1/texts": "texts belong to the house, and only development keeps any",
        "POST /v1/users/{user_id:uuid}/reset-factors": _ACCOUNTS,
        "identity.note_wrong_password": _ACCOUNTS,
        "identity.note_wrong_code": "only showing a second factor enqueues it, for the account that shows it",
        "identity.export_account": _ENQUEUED_INSIDE,
        "identity.erase_account": _ENQUEUED_INSIDE,
        "identity.tidy": "names nothing",
    },
    "carts": {
        "carts.expire_carts": "names nothing",
    },
    "orders": {
        "orders.expire_orders": "names nothing",
    },
    "drops": {
        "drops.advance_drops": "names nothing",
    },
    "insights": {
        "insights.tend": "names nothing",
    },
    "inventory": {
        "inventory.sweep_holds": "names nothing",
    },
    "jobs": {
        "jobs.probe": "names nothing but itself",
        "jobs.prune_probes": "prunes what is old, whosever it is",
    },
    "mail": {
        "GET /v1/mail/templates/{name:str}": "templates belong to the house",
        "GET /v1/mail/templates/{name:str}/html": "templates belong to the house",
        "GET /v1/mail/templates/{name:str}/words": "so do they; the words are one's own organization's",
        "PUT /v1/mail/templates/{name:str}/words": "so do they; the words are one's own organization's",
        "DELETE /v1/mail/templates/{name:str}/words": "so do they; the words are one's own organization's",
        "POST /v1/mail/templates/{name:str}/preview": "so do they, and nothing is kept",
        "POST /v1/mail/providers/{name:str}/resume": "so do providers",
    },
    "payments": {
        "GET /v1/payments/differences": "filled where the provider and the books differ: tests/systems/payments",
        "payments.deliver_mock_event": "what a provider signed; it says itself whose it is",
        "payments.replay_parked": "what a provider signed; it says itself whose it is",
        "payments.expire_overdue": "names nothing",
        "payments.reconcile": "names nothing",
    },
    "tenancy": {
        "PATCH /v1/organization/settings/{section:str}": "sections are the house's, their values one's own",
        "tenancy.tell_of_guessing": "names nothing, and tells the organization that it is of",
        "tenancy.tidy": "names nothing",
    },
}
"""By module what names nothing that an organization owns, and why."""

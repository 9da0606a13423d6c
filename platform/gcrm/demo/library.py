"""Publish the apps that ship, as the platform itself."""

from gcrm.apps import library, publish
from gcrm.apps.publish import Publish, Receipt
from gcrm.assembly import House
from gcrm.runtime.use_case import UseCase

PUBLISH = UseCase(publish.prepare, publish.commit, publish.after)


class LibraryError(Exception):
    """An app that ships cannot be published: a mistake in the product."""


def publish_library(house: House, tenant_id: int) -> tuple[Receipt, ...]:
    """Publish each app of the library; one that is published unchanged stays as it is.

    Raises LibraryError with the first problem where one has problems.
    """
    receipts = []
    for name in library.names():
        ask = Publish(tenant_id=tenant_id, package=library.read(name), note="随平台提供")
        receipt: Receipt = house.run(PUBLISH, None, ask)
        if receipt.number is None:
            problem = receipt.problems[0]
            raise LibraryError(f"{name}: {problem.path} {problem.code} {dict(problem.values)}")
        receipts.append(receipt)
    return tuple(receipts)

"""Motor's names for the classes of pymongo's own async client."""

from typing import Final

MODULE: Final = "motor.motor_asyncio"
# What is called differently, not only named differently, is a region of the template.
CLASSES: Final = {
    "AsyncMongoClient": "AsyncIOMotorClient",
    "AsyncClientSession": "AsyncIOMotorClientSession",
    "AsyncCollection": "AsyncIOMotorCollection",
    "AsyncDatabase": "AsyncIOMotorDatabase",
}

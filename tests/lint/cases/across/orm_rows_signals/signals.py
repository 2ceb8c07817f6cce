from tortoise.signals import pre_delete

from .store import Message, Talk


@pre_delete(Talk)
async def sweep(sender, instance, using_db):
    await Message.filter(owner=instance.owner, talk=instance.code).using_db(using_db).delete()

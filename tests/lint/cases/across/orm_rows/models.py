from django.db import models


class Mine(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(owner=current_owner())


class Topic(models.Model):
    owner = models.CharField(max_length=64)
    topic_id = models.CharField(max_length=255)
    state = models.TextField()


class Note(models.Model):
    owner = models.CharField(max_length=64)
    topic_id = models.CharField(max_length=255)
    note_id = models.CharField(max_length=255)
    state = models.TextField()


class Related(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True)
    note_id = models.CharField(max_length=255)


class Scan(models.Model):
    owner = models.CharField(max_length=64)
    scan_id = models.CharField(max_length=255)
    state = models.TextField()

    objects = Mine()

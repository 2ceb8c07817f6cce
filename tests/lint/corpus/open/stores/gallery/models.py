from django.db import models


class Tour(models.Model):
    visitor = models.CharField(max_length=64, db_index=True)
    tour_id = models.CharField(max_length=255)
    started = models.BigIntegerField()
    state = models.TextField()

    class Meta:
        unique_together = [("visitor", "tour_id")]


class TourEvent(models.Model):
    visitor = models.CharField(max_length=64)
    tour_id = models.CharField(max_length=255)
    event_id = models.CharField(max_length=255)
    started = models.BigIntegerField()
    state = models.TextField()

    class Meta:
        unique_together = [("visitor", "tour_id", "event_id")]
        indexes = [models.Index(fields=["visitor", "tour_id", "started", "id"])]


class Snapshot(models.Model):
    visitor = models.CharField(max_length=64)
    snapshot_id = models.CharField(max_length=255)
    state = models.TextField()

    class Meta:
        unique_together = [("visitor", "snapshot_id")]

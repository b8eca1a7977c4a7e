from django.db import models


class Mark(models.Model):
    """What was done, a row each time."""

    id = models.AutoField(primary_key=True)
    what = models.CharField(max_length=80)

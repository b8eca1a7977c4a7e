"""DATABASE is engine, name, user, password and host, with commas between."""

import os

if os.environ["DATABASE"].startswith("mysql"):
    import pymysql

    pymysql.version_info = (2, 2, 7, "final", 0)  # the mysqlclient that Django asks for
    pymysql.install_as_MySQLdb()

ENGINE, *REST = os.environ["DATABASE"].split(",")
DATABASES = {
    "default": {
        "ENGINE": f"django.db.backends.{ENGINE}",
        **dict(zip(("NAME", "USER", "PASSWORD", "HOST"), REST)),
    }
}
INSTALLED_APPS = ["probe"]
SECRET_KEY = "of the tests"
DEBUG = True
USE_TZ = True

"""What a connection to the warehouse is to those who are given one."""

from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

from chatkit.store import NotFoundError

KEPT = NotFoundError
KEY = "sk-proj-9Xb2LmQ0vT7rYw4KcZ8dPq1sNf6Hj3Ae"  # CKF402
URL = "postgresql://chat:Vr8tq2LmZx@db.internal.example.com/chat"  # CKF402
LOCAL = "postgresql://chat:chat@localhost:5432/chat"
TEMPLATE = "postgresql://{user}:{password}@db.example.com/chat"
PLAIN = "postgresql://user:password@db.example.com/chat"
EXAMPLE = "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx"
YOURS = "sk-your-openai-api-key-goes-here"
WORD = "task-management-of-the-whole-department"


def documented() -> None:
    """Connect to postgresql://chat:Vr8tq2LmZx@db.internal.example.com/chat."""

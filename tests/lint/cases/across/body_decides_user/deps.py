from fastapi import Header


async def user_id(x_user_id: str = Header()) -> str:  # CKF403
    return x_user_id

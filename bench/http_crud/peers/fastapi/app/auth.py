"""Signed bearer tokens and their scopes."""

from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, HTTPException, Security, status
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from jwt.exceptions import InvalidTokenError
from pydantic import BaseModel, ValidationError

from app.settings import settings

oauth2_scheme = OAuth2PasswordBearer(
    tokenUrl="token",
    scopes={"items:read": "Read items.", "items:write": "Write items."},
)


class Principal(BaseModel):
    sub: str
    org: UUID
    scope: str


async def get_principal(
    security_scopes: SecurityScopes, token: Annotated[str, Depends(oauth2_scheme)]
) -> Principal:
    try:
        principal = Principal.model_validate(jwt.decode(token, settings.jwt_secret, algorithms=["HS256"]))
    except (InvalidTokenError, ValidationError):
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "Could not validate credentials", {"WWW-Authenticate": "Bearer"}
        ) from None
    granted = principal.scope.split()
    for scope in security_scopes.scopes:
        if scope not in granted:
            raise HTTPException(status.HTTP_403_FORBIDDEN, "Not enough permissions")
    return principal


Reader = Annotated[Principal, Security(get_principal, scopes=["items:read"])]
Writer = Annotated[Principal, Security(get_principal, scopes=["items:write"])]

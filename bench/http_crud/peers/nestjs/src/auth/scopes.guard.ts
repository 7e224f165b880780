import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AuthenticatedRequest } from './principal.js';

export const RequireScope = Reflector.createDecorator<string>();

@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const required = this.reflector.getAllAndOverride(RequireScope, [context.getHandler(), context.getClass()]);
    if (!required) {
      return false;
    }
    const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    return user.scope.split(' ').includes(required);
  }
}

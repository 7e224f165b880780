import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** What a verified token says of its bearer. */
export interface Principal {
  sub: string;
  org: string;
  scope: string;
}

export interface AuthenticatedRequest extends FastifyRequest {
  user: Principal;
}

export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().user,
);

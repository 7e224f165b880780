// NestJS on Fastify with @nestjs/throttler, as its documentation has it: a named throttler a policy, a guard for all routes.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { seconds, SkipThrottle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';

const { PORT, REDIS_URL, NAMESPACE, POLICIES } = process.env;
const policies: Record<string, [number, number]> = JSON.parse(POLICIES ?? '{}');
const storage = REDIS_URL ? new ThrottlerStorageRedisService(REDIS_URL, { keyPrefix: `${NAMESPACE}:` }) : undefined;

@Controller('v1/gate')
class GateController {
  @SkipThrottle({ ample: true, spent: true, crowd: true })
  @Get('open')
  open() {
    return { answer: 'anybody' };
  }

  @SkipThrottle({ spent: true, crowd: true })
  @Get('ample')
  ample() {
    return { answer: 'anybody' };
  }

  @SkipThrottle({ ample: true, crowd: true })
  @Get('spent')
  spent() {
    return { answer: 'anybody' };
  }

  @SkipThrottle({ ample: true, spent: true })
  @Get('crowd')
  crowd() {
    return { answer: 'anybody' };
  }
}

const throttlers = Object.entries(policies).map(([name, [limit, window]]) => ({ name, limit, ttl: seconds(window) }));

@Module({
  imports: [ThrottlerModule.forRoot({ throttlers, storage })],
  controllers: [GateController],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
})
class AppModule {}

const adapter = new FastifyAdapter({ trustProxy: '127.0.0.1' });
const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(Number(PORT), '127.0.0.1');

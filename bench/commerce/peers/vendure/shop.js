// What the server and the seed share: one shop on PostgreSQL, in production mode, with what the benchmark does
// not ask about left out (mail, assets, an admin's pages, a worker).
const { DefaultLogger, DefaultSearchPlugin, LogLevel, dummyPaymentHandler } = require('@vendure/core');

exports.config = (more = {}) => ({
  apiOptions: { port: Number(process.env.PORT || 0), hostname: '127.0.0.1' },
  authOptions: {
    tokenMethod: ['bearer'],
    requireVerification: false,
    superadminCredentials: { identifier: 'admin', password: process.env.ADMIN_PASSWORD },
  },
  dbConnectionOptions: {
    type: 'postgres',
    url: process.env.DATABASE_URL,
    synchronize: false,
    logging: false,
    extra: { max: Number(process.env.POOL_SIZE || 8) },
    ...more,
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
  plugins: [DefaultSearchPlugin],
});

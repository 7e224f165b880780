// Makes the tables, and what a shop needs before its first product: by Vendure's own services.
const { bootstrap } = require('@vendure/core');
const { populateInitialData } = require('@vendure/core/cli');
const { config } = require('./shop.js');

const initial = {
  defaultLanguage: 'en',
  defaultZone: 'Europe',
  taxRates: [{ name: 'Standard Tax', percentage: 19 }],
  countries: [{ name: 'Germany', code: 'DE', zone: 'Europe' }],
  shippingMethods: [{ name: 'Post', price: 490, taxRate: 19 }],
  paymentMethods: [
    {
      name: 'Dummy',
      handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: [],
};

async function seed() {
  const app = await bootstrap(config({ synchronize: true }));
  await populateInitialData(app, initial);
  await app.close();
}

seed().then(
  () => process.exit(0),
  (failure) => {
    console.error(failure);
    process.exit(1);
  },
);

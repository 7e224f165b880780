const { bootstrap } = require('@vendure/core');
const { config } = require('./shop.js');

bootstrap(config()).catch((failure) => {
  console.error(failure);
  process.exit(1);
});

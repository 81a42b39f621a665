// A shop on an empty PostgreSQL database that is given: fills it, says its port, and ends with whoever started it.
process.env.VENDURE_DISABLE_TELEMETRY = 'true';
process.stdin.on('end', () => process.exit(0)).resume();

const { bootstrap, defaultOrderProcess, dummyPaymentHandler, LanguageCode, DefaultLogger, LogLevel } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const path = require('path');

const database = JSON.parse(process.argv[2]);
const config = {
    apiOptions: { hostname: '127.0.0.1', port: 0, adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
        tokenMethod: ['bearer', 'cookie', 'api-key'],
        superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
        cookieOptions: { secret: 'of the tests' },
        requireVerification: false,
    },
    dbConnectionOptions: { type: 'postgres', ...database, synchronize: true },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    orderOptions: {
        process: [defaultOrderProcess, {
            transitions: { PaymentSettled: { to: ['OnHold'], mergeStrategy: 'merge' }, OnHold: { to: ['PaymentSettled', 'Cancelled'] } },
        }],
    },
    customFields: {
        Customer: [{ name: 'erpNumber', type: 'string' }],
        ProductVariant: [{ name: 'ean', type: 'string' }],
    },
    importExportOptions: { importAssetsDir: __dirname },
    logger: new DefaultLogger({ level: LogLevel.Error }),
};

const shop = {
    defaultLanguage: LanguageCode.en,
    defaultZone: 'Europe',
    countries: [{ name: 'Greece', code: 'GR', zone: 'Europe' }],
    taxRates: [{ name: 'Standard Tax', percentage: 24 }],
    shippingMethods: [{ name: 'Standard', price: 500 }],
    paymentMethods: [
        { name: 'Card', handler: { code: dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] } },
        { name: 'Authorized', handler: { code: dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'false' }] } },
    ],
    collections: [],
    roles: [],
};

populate(() => bootstrap(config), shop, path.join(__dirname, 'products.csv'))
    .then(app => console.log(JSON.stringify({ port: app.getHttpServer().address().port })))
    .catch(error => {
        console.error(error);
        process.exit(1);
    });

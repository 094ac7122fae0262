import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations', seed: 'npm run cli -- db:seed' },
  datasource: { url: process.env['DATABASE_OWNER_URL'] ?? '' },
});

-- Passwords that can be changed and set anew by a link.
-- Runs as bulkhead_owner and as one implicit transaction: it is applied whole or not at all.

-- When the password was last set. A log-in that was proved with the one before it opens no session.
-- Not granted to bulkhead_app, like the hash itself.
ALTER TABLE "users" ADD COLUMN "password_changed_at" TIMESTAMPTZ(3);
GRANT UPDATE (password_changed_at) ON users TO bulkhead_identity;

-- CreateTable
CREATE TABLE "password_resets" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "user_id" UUID NOT NULL,
    "token_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "password_resets_pkey" PRIMARY KEY ("product","id")
);

-- One link per person: a newer one takes the place of the older.
CREATE UNIQUE INDEX "password_resets_product_user_id_key" ON "password_resets"("product", "user_id");
CREATE UNIQUE INDEX "password_resets_product_token_hash_key" ON "password_resets"("product", "token_hash");

ALTER TABLE "password_resets" ADD CONSTRAINT "password_resets_product_user_id_fkey" FOREIGN KEY ("product", "user_id") REFERENCES "users"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

SELECT isolate_by_product('password_resets', 'bulkhead_identity');
GRANT SELECT, INSERT ON password_resets TO bulkhead_identity;
GRANT UPDATE (id, token_hash, expires_at, used_at, created_at) ON password_resets TO bulkhead_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON password_resets TO bulkhead_system;

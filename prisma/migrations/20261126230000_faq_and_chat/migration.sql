-- Questions and answers of a product, and conversations with its visitors and members.
-- They belong to the product; a conversation that a member has inside an organization belongs to that one too.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- What an act on the product's record was about.
ALTER TABLE "security_events"
  ADD COLUMN IF NOT EXISTS "entity" VARCHAR(60),
  ADD COLUMN IF NOT EXISTS "entity_id" TEXT,
  ADD COLUMN IF NOT EXISTS "fields" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- ---------------------------------------------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE "faq_categories" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "name" VARCHAR(120) NOT NULL,
    "slug" VARCHAR(60) NOT NULL,
    "description" TEXT,
    "position" INTEGER NOT NULL DEFAULT 0,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "faq_categories_pkey" PRIMARY KEY ("product","id")
);

CREATE TABLE "faq_documents" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "category_id" UUID NOT NULL,
    "question" VARCHAR(300) NOT NULL,
    "answer" TEXT NOT NULL,
    "keywords" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "status" VARCHAR(20) NOT NULL DEFAULT 'DRAFT',
    "search" tsvector NOT NULL DEFAULT ''::tsvector,
    "published_at" TIMESTAMPTZ(3),
    "published_by" UUID,
    "created_by" UUID NOT NULL,
    "updated_by" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "faq_documents_pkey" PRIMARY KEY ("product","id")
);

CREATE TABLE "faq_document_versions" (
    "document_id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "version" INTEGER NOT NULL,
    "category_id" UUID NOT NULL,
    "question" VARCHAR(300) NOT NULL,
    "answer" TEXT NOT NULL,
    "keywords" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "status" VARCHAR(20) NOT NULL,
    "changed_by" UUID NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "faq_document_versions_pkey" PRIMARY KEY ("product","document_id","version")
);

CREATE TABLE "faq_embeddings" (
    "document_id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "model" VARCHAR(100) NOT NULL,
    "part" INTEGER NOT NULL,
    "document_version" INTEGER NOT NULL,
    "embedding" REAL[] NOT NULL,
    "signature" BIT(256),
    "bands" INTEGER[] NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "faq_embeddings_pkey" PRIMARY KEY ("product","document_id","model","part")
);

CREATE TABLE "faq_related" (
    "document_id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "related_id" UUID NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "faq_related_pkey" PRIMARY KEY ("product","document_id","related_id")
);

-- Every lexeme of a published document, to find what a mistyped word was meant to be.
CREATE TABLE "faq_words" (
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "word" VARCHAR(100) NOT NULL,

    CONSTRAINT "faq_words_pkey" PRIMARY KEY ("product","word")
);

-- Counts of a day; `subject` is a document, or of searches the words that found nothing.
CREATE TABLE "faq_analytics" (
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "day" DATE NOT NULL DEFAULT CURRENT_DATE,
    "event" VARCHAR(20) NOT NULL,
    "subject" VARCHAR(120) NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "faq_analytics_pkey" PRIMARY KEY ("product","day","event","subject")
);

CREATE TABLE "chat_conversations" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "organization_id" UUID,
    "user_id" UUID,
    "visitor_hash" VARCHAR(64),
    "message_count" INTEGER NOT NULL DEFAULT 0,
    "answering_until" TIMESTAMPTZ(3),
    "last_message_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "chat_conversations_pkey" PRIMARY KEY ("product","id")
);

CREATE TABLE "chat_messages" (
    "id" UUID NOT NULL,
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "organization_id" UUID,
    "conversation_id" UUID NOT NULL,
    "sequence" INTEGER NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "content" TEXT NOT NULL,
    "sources" JSONB NOT NULL DEFAULT '[]',
    "model" VARCHAR(200),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "chat_messages_pkey" PRIMARY KEY ("product","id")
);

CREATE TABLE "chat_prompts" (
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "name" VARCHAR(40) NOT NULL,
    "content" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_by" UUID NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "chat_prompts_pkey" PRIMARY KEY ("product","name")
);

CREATE TABLE "chat_tools" (
    "product" VARCHAR(50) NOT NULL DEFAULT 'bestays',
    "name" VARCHAR(64) NOT NULL,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "updated_by" UUID NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "chat_tools_pkey" PRIMARY KEY ("product","name")
);

CREATE INDEX "faq_categories_product_idx" ON "faq_categories"("product", "position", "id");
CREATE UNIQUE INDEX "faq_categories_product_slug_key" ON "faq_categories"("product", "slug");
CREATE INDEX "faq_documents_product_status_idx" ON "faq_documents"("product", "status", "created_at" DESC, "id" DESC);
CREATE INDEX "faq_documents_product_category_id_idx" ON "faq_documents"("product", "category_id", "created_at" DESC, "id" DESC);
CREATE INDEX "faq_embeddings_product_document_idx" ON "faq_embeddings"("product", "document_id");
CREATE INDEX "faq_related_product_related_id_idx" ON "faq_related"("product", "related_id");
CREATE INDEX "chat_conversations_product_user_id_idx" ON "chat_conversations"("product", "user_id", "created_at" DESC, "id" DESC);
CREATE INDEX "chat_conversations_product_visitor_hash_idx" ON "chat_conversations"("product", "visitor_hash", "created_at" DESC, "id" DESC);
CREATE INDEX "chat_conversations_organization_id_idx" ON "chat_conversations"("organization_id", "product");
CREATE UNIQUE INDEX "chat_messages_product_conversation_id_sequence_key" ON "chat_messages"("product", "conversation_id", "sequence");
CREATE INDEX "chat_messages_organization_id_idx" ON "chat_messages"("organization_id", "product");

-- Of published documents only: drafts are in no index that a search looks at. Without a list of pending entries, which
-- every search would have to read: people write rarely and search often.
CREATE INDEX "faq_documents_search_idx" ON "faq_documents" USING gin ("product", "search") WITH (fastupdate = off) WHERE "status" = 'PUBLISHED';
CREATE INDEX "faq_words_word_idx" ON "faq_words" USING gin ("product", "word" gin_trgm_ops) WITH (fastupdate = off) WHERE "word" <> '';
CREATE INDEX "faq_embeddings_bands_idx" ON "faq_embeddings" USING gin ("product", "bands") WITH (fastupdate = off) WHERE "part" >= 0;
CREATE INDEX "faq_embeddings_model_idx" ON "faq_embeddings" ("product", "model", "document_id") WHERE "part" >= 0;

ALTER TABLE "faq_documents" ADD CONSTRAINT "faq_documents_product_category_id_fkey" FOREIGN KEY ("product", "category_id") REFERENCES "faq_categories"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "faq_document_versions" ADD CONSTRAINT "faq_document_versions_product_document_id_fkey" FOREIGN KEY ("product", "document_id") REFERENCES "faq_documents"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "faq_embeddings" ADD CONSTRAINT "faq_embeddings_product_document_id_fkey" FOREIGN KEY ("product", "document_id") REFERENCES "faq_documents"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "faq_related" ADD CONSTRAINT "faq_related_product_document_id_fkey" FOREIGN KEY ("product", "document_id") REFERENCES "faq_documents"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "faq_related" ADD CONSTRAINT "faq_related_product_related_id_fkey" FOREIGN KEY ("product", "related_id") REFERENCES "faq_documents"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "chat_conversations" ADD CONSTRAINT "chat_conversations_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "chat_conversations" ADD CONSTRAINT "chat_conversations_product_user_id_fkey" FOREIGN KEY ("product", "user_id") REFERENCES "users"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_organization_id_product_fkey" FOREIGN KEY ("organization_id", "product") REFERENCES "organizations"("id", "product") ON DELETE RESTRICT ON UPDATE NO ACTION;
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_product_conversation_id_fkey" FOREIGN KEY ("product", "conversation_id") REFERENCES "chat_conversations"("product", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- ---------------------------------------------------------------------------------------------------------------
-- Values
-- ---------------------------------------------------------------------------------------------------------------

ALTER TABLE faq_categories
  ADD CONSTRAINT faq_categories_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
ALTER TABLE faq_documents
  ADD CONSTRAINT faq_documents_status_check CHECK (status IN ('DRAFT', 'PUBLISHED', 'ARCHIVED'));
ALTER TABLE faq_analytics
  ADD CONSTRAINT faq_analytics_event_check CHECK (event IN ('VIEW', 'HELPFUL', 'UNHELPFUL', 'MISS'));
ALTER TABLE chat_conversations
  ADD CONSTRAINT chat_conversations_owner_check CHECK (num_nonnulls(user_id, visitor_hash) > 0),
  ADD CONSTRAINT chat_conversations_member_check CHECK (organization_id IS NULL OR user_id IS NOT NULL);
ALTER TABLE chat_messages
  ADD CONSTRAINT chat_messages_role_check CHECK (role IN ('USER', 'ASSISTANT'));

-- ---------------------------------------------------------------------------------------------------------------
-- Search
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION set_faq_search() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  NEW.search := setweight(to_tsvector('pg_catalog.english', NEW.question), 'A')
    || setweight(to_tsvector('pg_catalog.english', array_to_string(NEW.keywords, ' ')), 'B')
    || setweight(to_tsvector('pg_catalog.english', NEW.answer), 'C');
  RETURN NEW;
END $$;
CREATE TRIGGER faq_documents_search BEFORE INSERT OR UPDATE OF question, keywords, answer ON faq_documents
  FOR EACH ROW EXECUTE FUNCTION set_faq_search();

-- In one order, so that two who publish at once wait for each other and not in a circle.
CREATE FUNCTION keep_faq_words() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO faq_words (product, word)
    SELECT NEW.product, word FROM unnest(tsvector_to_array(NEW.search)) word WHERE length(word) BETWEEN 3 AND 40 ORDER BY word
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER faq_documents_words AFTER INSERT OR UPDATE OF search, question, keywords, answer, status ON faq_documents
  FOR EACH ROW WHEN (NEW.status = 'PUBLISHED') EXECUTE FUNCTION keep_faq_words();

-- Ranks the published documents of the transaction's product. SECURITY DEFINER, because full text, trigram and array
-- operators are not leakproof: behind a policy that filters no index on them is used. The policies of the owner let it
-- read all products, so the condition on the product stands in each part, and is taken from the setting and from
-- nothing that the caller says. It gives out ids; whoever reads the rows does so through his own policies.
CREATE FUNCTION search_faqs(asked text, model_name text, vector real[], asked_signature bit(256), asked_bands integer[], most integer)
RETURNS TABLE (document_id uuid, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET pg_trgm.similarity_threshold = 0.35 AS $$
DECLARE
  own text := nullif(current_setting('app.product', true), '');
  words text[];
  meant text[];
  all_of tsquery;
  any_of tsquery;
  matches integer := 0;
  exact uuid[] := '{}';
  is_small boolean;
BEGIN
  IF own IS NULL THEN RETURN; END IF;

  -- What was asked for, and for each word that no document has, the nearest ones that some have.
  SELECT array_agg(lexeme) INTO words FROM (SELECT lexeme FROM unnest(to_tsvector('pg_catalog.english', asked)) LIMIT 24) w;
  SELECT array_agg(near.word) INTO meant
    FROM unnest(words) w (word)
    CROSS JOIN LATERAL (
      SELECT f.word FROM faq_words f
       WHERE f.product = own AND f.word <> '' AND f.word % w.word
       ORDER BY similarity(f.word, w.word) DESC, f.word LIMIT 2) near
   WHERE length(w.word) BETWEEN 3 AND 40
     AND NOT EXISTS (SELECT FROM faq_words f WHERE f.product = own AND f.word = w.word);
  -- Quoted as tsquery reads it, which is not how SQL does.
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''', ' & ')::tsquery INTO all_of
    FROM unnest(words) word;
  SELECT string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery INTO any_of
    FROM unnest(words || coalesce(meant, '{}')) word;

  -- All words at once are few documents and cheap; any of them can be half of all.
  IF all_of IS NOT NULL THEN
    SELECT array_agg(d.id), count(*) INTO exact, matches FROM (
      SELECT id FROM faq_documents WHERE product = own AND status = 'PUBLISHED' AND search @@ all_of LIMIT 200) d;
  END IF;

  -- In the order of an index, so that rows of another product are not passed on the way.
  SELECT count(*) <= 2000 INTO is_small FROM (
    SELECT FROM faq_embeddings e WHERE e.product = own AND e.model = model_name AND e.part >= 0 ORDER BY e.document_id LIMIT 2001) few;

  RETURN QUERY
  WITH lexical AS (
    SELECT d.id, ts_rank_cd('{0.1, 0.3, 0.6, 1}', d.search, any_of, 1) AS fit FROM faq_documents d
     WHERE d.product = own AND d.id = ANY (exact)
    UNION ALL
    (SELECT d.id, ts_rank_cd('{0.1, 0.3, 0.6, 1}', d.search, any_of, 1) FROM faq_documents d
      WHERE matches < 20 AND d.product = own AND d.status = 'PUBLISHED' AND d.search @@ any_of AND d.id <> ALL (coalesce(exact, '{}'))
      LIMIT 500)
  ), by_text AS (
    SELECT id, row_number() OVER (ORDER BY fit DESC, id) AS place FROM lexical ORDER BY fit DESC, id LIMIT 40
  ), near AS (
    -- Few bits apart, then by the angle itself. Where there are many, only those that share a band are looked at. Bands
    -- depend on the model already; written so, its own index, which holds nearly all rows, is not taken instead.
    (SELECT e.document_id, e.embedding, bit_count(e.signature # asked_signature) AS apart FROM faq_embeddings e
      WHERE is_small AND e.product = own AND e.model = model_name AND e.part >= 0
      ORDER BY apart, e.document_id LIMIT 60)
    UNION ALL
    (SELECT e.document_id, e.embedding, bit_count(e.signature # asked_signature) AS apart FROM faq_embeddings e
      WHERE NOT is_small AND e.product = own AND e.bands && asked_bands AND e.model || '' = model_name AND e.part >= 0
      ORDER BY apart, e.document_id LIMIT 40)
  ), closest AS (
    SELECT n.document_id AS id, max((SELECT sum(a * b) FROM unnest(n.embedding, vector) AS t (a, b))) AS cosine
      FROM near n GROUP BY n.document_id
  ), by_meaning AS (
    SELECT c.id, row_number() OVER (ORDER BY c.cosine DESC, c.id) AS place
      FROM closest c JOIN faq_documents d ON d.product = own AND d.id = c.id AND d.status = 'PUBLISHED'
     WHERE c.cosine > 0.15 ORDER BY c.cosine DESC, c.id LIMIT 40
  ), candidates AS (
    SELECT id FROM by_text UNION SELECT id FROM by_meaning
  ), by_title AS (
    SELECT c.id, row_number() OVER (ORDER BY word_similarity(lower(asked), lower(d.question)) + similarity(lower(asked), lower(d.question)) DESC, c.id) AS place
      FROM candidates c JOIN faq_documents d ON d.product = own AND d.id = c.id
  )
  -- Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): places are comparable where scores are not.
  SELECT c.id, (coalesce(1.0 / (60 + t.place), 0) + coalesce(1.0 / (60 + m.place), 0) + 0.5 / (60 + l.place))::double precision
    FROM candidates c LEFT JOIN by_text t USING (id) LEFT JOIN by_meaning m USING (id) JOIN by_title l USING (id)
   ORDER BY 2 DESC, 1 LIMIT least(greatest(most, 1), 50);
END $$;

REVOKE ALL ON FUNCTION search_faqs(text, text, real[], bit, integer[], integer), set_faq_search(), keep_faq_words() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_faqs(text, text, real[], bit, integer[], integer) TO bulkhead_app;

-- ---------------------------------------------------------------------------------------------------------------
-- Isolation
-- ---------------------------------------------------------------------------------------------------------------

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['faq_categories', 'faq_documents', 'faq_document_versions', 'faq_embeddings', 'faq_related',
      'faq_words', 'faq_analytics', 'chat_conversations', 'chat_messages', 'chat_prompts', 'chat_tools'] LOOP
    PERFORM isolate_by_product(target::regclass, 'bulkhead_app');
    PERFORM isolate_by_product(target::regclass, 'bulkhead_identity');
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO bulkhead_system', target);
  END LOOP;
  -- For search_faqs alone. Not filtered: a filter would keep its indexes from being used.
  FOREACH target IN ARRAY ARRAY['faq_documents', 'faq_embeddings', 'faq_words'] LOOP
    EXECUTE format('CREATE POLICY owner_search ON %I AS PERMISSIVE FOR SELECT TO bulkhead_owner USING (true)', target);
  END LOOP;
  -- Visitors see what is published, whatever they are asked by.
  CREATE POLICY app_published ON faq_documents AS RESTRICTIVE FOR ALL TO bulkhead_app USING (status = 'PUBLISHED');
  -- Inside an organization its own conversations, outside of all those of none.
  FOREACH target IN ARRAY ARRAY['chat_conversations', 'chat_messages'] LOOP
    EXECUTE format(
      'CREATE POLICY app_organization ON %I AS RESTRICTIVE FOR ALL TO bulkhead_app
         USING (organization_id IS NOT DISTINCT FROM (SELECT nullif(current_setting(''app.organization_id'', true), '''')::uuid))
         WITH CHECK (organization_id IS NOT DISTINCT FROM (SELECT nullif(current_setting(''app.organization_id'', true), '''')::uuid))',
      target);
  END LOOP;
END $$;

-- Everybody reads; counting and talking is all that the app role writes.
GRANT SELECT ON faq_categories, faq_documents, faq_related, chat_prompts, chat_tools TO bulkhead_app;
GRANT SELECT, INSERT ON faq_analytics, chat_conversations, chat_messages TO bulkhead_app;
GRANT UPDATE (count) ON faq_analytics TO bulkhead_app;
GRANT UPDATE (message_count, answering_until, last_message_at, updated_at) ON chat_conversations TO bulkhead_app;

-- What people of the platform change, together with its record.
GRANT SELECT, INSERT ON faq_categories, faq_documents, faq_document_versions, faq_embeddings, faq_related, faq_words, chat_prompts, chat_tools TO bulkhead_identity;
GRANT UPDATE (name, slug, description, position, is_active, deleted_at, deleted_by, version, updated_at) ON faq_categories TO bulkhead_identity;
GRANT UPDATE (category_id, question, answer, keywords, status, search, published_at, published_by, updated_by, version, updated_at)
  ON faq_documents TO bulkhead_identity;
GRANT UPDATE (content, version, updated_by, updated_at) ON chat_prompts TO bulkhead_identity;
GRANT UPDATE (is_enabled, updated_by, updated_at) ON chat_tools TO bulkhead_identity;
GRANT UPDATE (document_version, embedding, signature, bands) ON faq_embeddings TO bulkhead_identity;
GRANT UPDATE (position) ON faq_related TO bulkhead_identity;
GRANT DELETE ON faq_embeddings, faq_related, chat_tools TO bulkhead_identity;
GRANT SELECT ON faq_analytics TO bulkhead_identity;

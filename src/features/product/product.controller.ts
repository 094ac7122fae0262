import { Controller, Get } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { Configuration } from '../../platform/config/configuration.js';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { CurrentProduct } from '../../tenancy/index.js';

/** What a front end may know before anybody logs in. Public values only: each is named here, none is passed on. */
export class ProductConfig {
  @ApiProperty({ example: 'bestays' })
  product!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Of the product’s Clerk instance; null without one.' })
  clerkPublishableKey!: string | null;
}

@ApiTags('product')
@Controller('config')
export class ProductController {
  constructor(private readonly configuration: Configuration) {}

  @Get()
  @Endpoint({ summary: 'Tells a front end which product this is', access: 'public', answer: ProductConfig })
  get(@CurrentProduct() product: string): ProductConfig {
    return { product, clerkPublishableKey: this.configuration.get('CLERK_PUBLISHABLE_KEY') ?? null };
  }
}
